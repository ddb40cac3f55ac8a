import { UUID } from '@lumino/coreutils';
import type { CompareContext } from 'merit-workbench-views/views/compare/index';

import { compareIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text, type Args } from '../tabs.js';
import { ViewWidget } from '../view_widget.js';

export const compare = tabsPlugin(
  {
    id: 'merit-workbench:compare',
    description: 'Compares models of a task on the same hidden items, in a tab.'
  },
  (app, services, trans) => [
    {
      command: 'workbench:compare',
      label: args => (args.isLauncher === true ? trans.__('Compare') : trans.__('Compare Models…')),
      caption: trans.__('Hold models of a task against each other on the same hidden items'),
      icon: compareIcon,
      args: {
        task: { type: 'string', description: 'Id of the task; chosen in the form when missing.' },
        models: {
          type: 'array',
          items: { type: 'string' },
          maxItems: 8,
          description: 'Digests, "base" or "champion"; a person still presses Compare.'
        },
        run: { type: 'string', description: 'Id of a comparison that was made, to show it.' }
      },
      which: given => {
        const tab = text(given.tab) || UUID.uuid4();
        return { key: tab, label: trans.__('Compare'), args: { ...given, tab } };
      },
      content: (given, keep) =>
        new ViewWidget(async () => {
          const [{ mount, NOTHING_CHOSEN, stateFrom }, { Settable }] = await Promise.all([
            import('merit-workbench-views/views/compare/index'),
            import('merit-workbench-views/context')
          ]);
          const source = new Settable({ ...NOTHING_CHOSEN, ...stateFrom(given) });
          // What is chosen in each tab, so that the layout brings it back.
          const onState = (state: Readonly<Record<string, unknown>>): void => {
            keep({ ...(state as Args), tab: given.tab });
          };
          const { identity } = services;
          const context: CompareContext = {
            api: services.api, source, words: trans, onState, identity, ...navigation(app)
          };
          return { mount, context };
        })
    }
  ]
);
