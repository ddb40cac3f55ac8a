import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { UUID, type ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { CompareState } from 'merit-workbench-views/views/compare/index';

import { compareIcon } from '../icons_train.js';
import { navigation } from '../navigation.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const COMPARE = 'workbench:compare';
type Tab = MainAreaWidget<ViewWidget<CompareState>>;

export const compare: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:compare',
  description: 'Compares models of a task on the same hidden items, in a tab.',
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
    const tracker = new WidgetTracker<Tab>({ namespace: 'workbench-compare' });
    // What is chosen in each tab, so that the layout brings it back.
    const kept = new WeakMap<Tab, ReadonlyPartialJSONObject>();

    const makeTab = (id: string, given: ReadonlyPartialJSONObject): Tab => {
      const content = new ViewWidget<CompareState>(async () => {
        const [{ mount, NOTHING_CHOSEN, stateFrom }, { Settable }] = await Promise.all([
          import('merit-workbench-views/views/compare/index'),
          import('merit-workbench-views/context')
        ]);
        const source = new Settable<CompareState>({ ...NOTHING_CHOSEN, ...stateFrom(given) });
        const onState = (state: Readonly<Record<string, unknown>>): void => {
          kept.set(tab, state as ReadonlyPartialJSONObject);
          void tracker.save(tab);
        };
        return { mount, context: { api, source, words: trans, onState, ...navigation(app) } };
      });
      const tab: Tab = new MainAreaWidget({ content });
      kept.set(tab, given);
      tab.id = id;
      tab.title.label = trans.__('Compare');
      tab.title.caption = trans.__('Compare models of the workbench');
      tab.title.icon = compareIcon;
      return tab;
    };

    app.commands.addCommand(COMPARE, {
      label: args => (args.isLauncher === true ? trans.__('Compare') : trans.__('Compare Models…')),
      caption: trans.__('Hold models of a task against each other on the same hidden items'),
      icon: compareIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            task: { type: 'string', description: 'Id of the task; chosen in the form when missing.' },
            models: {
              type: 'array',
              items: { type: 'string' },
              maxItems: 8,
              description: 'Digests, "base" or "champion"; a person still presses Compare.'
            },
            run: { type: 'string', description: 'Id of a comparison that was made, to show it.' }
          }
        }
      },
      execute: async args => {
        const { tab: id, ...given } = args;
        const name = typeof id === 'string' ? id : `workbench-compare-${UUID.uuid4()}`;
        if (!tracker.find(tab => tab.id === name)) {
          const tab = makeTab(name, given);
          await tracker.add(tab);
          app.shell.add(tab, 'main');
        }
        app.shell.activateById(name);
      }
    });
    palette?.addItem({ command: COMPARE, category: trans.__('Workbench') });
    if (restorer) {
      void restorer.restore(tracker, {
        command: COMPARE,
        args: tab => ({ ...kept.get(tab), tab: tab.id }),
        name: tab => tab.id
      });
    }
  }
};
