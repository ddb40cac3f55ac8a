import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { RunState } from 'merit-workbench-views/views/run/index';

import { commandsOf } from '../commands.js';
import { trainIcon } from '../icons_train.js';
import { navigation } from '../navigation.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const OPEN = 'workbench:open-run';
const PREFIX = 'workbench-run-';
type Tab = MainAreaWidget<ViewWidget<RunState>>;

export const run: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:run',
  description: 'Shows a run in a tab: what it measured, its curve, its recipe.',
  autoStart: true,
  requires: [IServices, IWords],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const { api } = services;
    const tracker = new WidgetTracker<Tab>({ namespace: 'workbench-run' });

    const makeTab = (id: string): Tab => {
      const content = new ViewWidget<RunState>(async () => {
        const [{ mount }, { Settable }] = await Promise.all([
          import('merit-workbench-views/views/run/index'),
          import('merit-workbench-views/context')
        ]);
        const source = new Settable<RunState>({ run: id, told: null });
        const context = { api, source, words: trans, commands: commandsOf(app.commands), ...navigation(app) };
        return { mount, context };
      });
      const tab: Tab = new MainAreaWidget({ content });
      tab.id = PREFIX + id;
      tab.title.label = trans.__('Run %1', id.slice(0, 12));
      tab.title.caption = trans.__('A run of the workbench');
      tab.title.icon = trainIcon;
      return tab;
    };

    const typed = async (): Promise<string | null> => {
      const { value } = await InputDialog.getText({
        title: trans.__('Which run?'),
        label: trans.__('Its id, or the beginning of it'),
        okLabel: trans.__('Open')
      });
      return value === null || value.trim() === '' ? null : value.trim();
    };

    app.commands.addCommand(OPEN, {
      label: args => (args.run === undefined ? trans.__('Open Run…') : trans.__('Open Run')),
      caption: trans.__('Show what a run measured, its curve and its recipe'),
      icon: trainIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: { type: 'string', description: 'Id of the run, or its beginning; asked for when missing.' }
          }
        }
      },
      execute: async args => {
        const id = typeof args.run === 'string' ? args.run : await typed();
        if (id === null) {
          return;
        }
        if (!tracker.find(tab => tab.id === PREFIX + id)) {
          const tab = makeTab(id);
          await tracker.add(tab);
          app.shell.add(tab, 'main');
        }
        app.shell.activateById(PREFIX + id);
      }
    });
    palette?.addItem({ command: OPEN, category: trans.__('Workbench') });
    if (restorer) {
      void restorer.restore(tracker, {
        command: OPEN,
        args: tab => ({ run: tab.id.slice(PREFIX.length) }),
        name: tab => tab.id
      });
    }
  }
};
