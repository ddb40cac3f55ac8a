import { UUID } from '@lumino/coreutils';
import type { FineTuneState } from 'merit-workbench-views/views/fine_tune/index';

import { trainIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text, type Args } from '../tabs.js';
import { ViewWidget } from '../view_widget.js';

export const train = tabsPlugin(
  {
    id: 'merit-workbench:train',
    description: 'Fine-tunes a model in a tab: choose, see what it costs, start, watch.'
  },
  (app, { api }, trans) => [
    {
      command: 'workbench:train',
      label: args => (args.isLauncher === true ? trans.__('Fine-tune') : trans.__('Fine-Tune a Model…')),
      caption: trans.__('Choose task, data and size, see what it costs, and start'),
      icon: trainIcon,
      args: {
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
      },
      which: given => {
        const tab = text(given.tab) || UUID.uuid4();
        return { key: tab, label: trans.__('Fine-tune'), args: { ...given, tab } };
      },
      content: (given, keep) =>
        new ViewWidget<FineTuneState>(async () => {
          const [{ mount, NOTHING_CHOSEN, stateFrom }, { Settable }] = await Promise.all([
            import('merit-workbench-views/views/fine_tune/index'),
            import('merit-workbench-views/context')
          ]);
          const source = new Settable<FineTuneState>({ ...NOTHING_CHOSEN, ...stateFrom(given) });
          // What is chosen in each tab, so that the layout brings it back.
          const onState = (state: Readonly<Record<string, unknown>>): void => {
            keep({ ...(state as Args), tab: given.tab });
          };
          return { mount, context: { api, source, words: trans, onState, ...navigation(app) } };
        })
    }
  ]
);
