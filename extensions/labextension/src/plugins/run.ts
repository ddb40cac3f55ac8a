import { InputDialog } from '@jupyterlab/apputils';
import type { RunState } from 'merit-workbench-views/views/run/index';

import { commandsOf } from '../commands.js';
import { trainIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text } from '../tabs.js';
import type { IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

export const run = tabsPlugin(
  {
    id: 'merit-workbench:run',
    description: 'Shows a run in a tab: what it measured, its curve, its recipe.'
  },
  (app, { api }, trans) => [
    {
      command: 'workbench:open-run',
      label: args => (args.run === undefined ? trans.__('Open Run…') : trans.__('Open Run')),
      caption: trans.__('Show what a run measured, its curve and its recipe'),
      icon: trainIcon,
      args: {
        run: { type: 'string', description: 'Id of the run, or its beginning; asked for when missing.' }
      },
      which: async given => {
        const id = text(given.run) || (await typed(trans));
        return id === '' ? null : { key: id, label: trans.__('Run %1', id.slice(0, 12)), args: { run: id } };
      },
      content: ({ run: id }) =>
        new ViewWidget<RunState>(async () => {
          const [{ mount }, { Settable }] = await Promise.all([
            import('merit-workbench-views/views/run/index'),
            import('merit-workbench-views/context')
          ]);
          const source = new Settable<RunState>({ run: text(id), told: null });
          const context = { api, source, words: trans, commands: commandsOf(app.commands), ...navigation(app) };
          return { mount, context };
        })
    }
  ]
);

async function typed(trans: IWords): Promise<string> {
  const { value } = await InputDialog.getText({
    title: trans.__('Which run?'),
    label: trans.__('Its id, or the beginning of it'),
    okLabel: trans.__('Open')
  });
  return value?.trim() ?? '';
}
