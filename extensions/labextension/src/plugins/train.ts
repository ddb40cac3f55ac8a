import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { UUID, type ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { FineTuneState } from 'merit-workbench-views/views/fine_tune/index';

import { trainIcon } from '../icons_train.js';
import { navigation } from '../navigation.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const TRAIN = 'workbench:train';
type Tab = MainAreaWidget<ViewWidget<FineTuneState>>;

export const train: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:train',
  description: 'Fine-tunes a model in a tab: choose, see what it costs, start, watch.',
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
    const tracker = new WidgetTracker<Tab>({ namespace: 'workbench-train' });
    // What is chosen in each tab, so that the layout brings it back.
    const kept = new WeakMap<Tab, ReadonlyPartialJSONObject>();

    const makeTab = (id: string, given: ReadonlyPartialJSONObject): Tab => {
      const content = new ViewWidget<FineTuneState>(async () => {
        const [{ mount, NOTHING_CHOSEN, stateFrom }, { Settable }] = await Promise.all([
          import('merit-workbench-views/views/fine_tune/index'),
          import('merit-workbench-views/context')
        ]);
        const source = new Settable<FineTuneState>({ ...NOTHING_CHOSEN, ...stateFrom(given) });
        const onState = (state: Readonly<Record<string, unknown>>): void => {
          kept.set(tab, state as ReadonlyPartialJSONObject);
          void tracker.save(tab);
        };
        const context = { api, source, words: trans, onState, ...navigation(app) };
        return { mount, context };
      });
      const tab: Tab = new MainAreaWidget({ content });
      kept.set(tab, given);
      tab.id = id;
      tab.title.label = trans.__('Fine-tune');
      tab.title.caption = trans.__('Fine-tune a model of the workbench');
      tab.title.icon = trainIcon;
      return tab;
    };

    app.commands.addCommand(TRAIN, {
      label: args => (args.isLauncher === true ? trans.__('Fine-tune') : trans.__('Fine-Tune a Model…')),
      caption: trans.__('Choose task, data and size, see what it costs, and start'),
      icon: trainIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            task: { type: 'string', description: 'Id of the task; chosen in the form when missing.' },
            size: {
              type: 'string',
              oneOf: [{ const: 'quick' }, { const: 'standard' }, { const: 'thorough' }],
              description: 'How long to train; a person still presses Start.'
            },
            owners: {
              type: 'array',
              items: { type: 'string' },
              description: 'Train on the rows of these owners only; on all when missing.'
            },
            job: { type: 'string', description: 'Id of a fine-tune that runs or has run, to show it.' }
          }
        }
      },
      execute: async args => {
        const { tab: id, ...given } = args;
        const name = typeof id === 'string' ? id : `workbench-train-${UUID.uuid4()}`;
        if (!tracker.find(tab => tab.id === name)) {
          const tab = makeTab(name, given);
          await tracker.add(tab);
          app.shell.add(tab, 'main');
        }
        app.shell.activateById(name);
      }
    });
    palette?.addItem({ command: TRAIN, category: trans.__('Workbench') });
    if (restorer) {
      void restorer.restore(tracker, {
        command: TRAIN,
        args: tab => ({ ...kept.get(tab), tab: tab.id }),
        name: tab => tab.id
      });
    }
  }
};
