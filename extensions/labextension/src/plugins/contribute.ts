import { InputDialog } from '@jupyterlab/apputils';
import { UUID } from '@lumino/coreutils';
import type { Api } from 'merit-workbench-views/api';
import type { Kept, State } from 'merit-workbench-views/views/contribute/index';
import type { ReviewState } from 'merit-workbench-views/views/review/index';
import type { WithdrawState } from 'merit-workbench-views/views/withdraw/index';

import { workbenchIcon } from '../icons.js';
import { tabsPlugin, text, type Args, type TabKind } from '../tabs.js';
import type { IWords } from '../tokens.js';
import { ViewWidget, type Shown } from '../view_widget.js';

export const contribute = tabsPlugin(
  {
    id: 'merit-workbench:contribute',
    description: 'Contributes data, takes them back, and decides on what was quarantined.'
  },
  (_app, { api }, trans) => [
    wizard(api, trans),
    ofOne<WithdrawState>(api, trans, {
      command: 'workbench:withdraw',
      label: trans.__('Withdraw Data…'),
      caption: trans.__('Take a contribution back; what follows is listed first'),
      states: ['submitted', 'quarantined', 'accepted'],
      load: async contribution => {
        const { WithdrawFlow, mount } = await import('merit-workbench-views/views/withdraw/index');
        const source = new WithdrawFlow(api, contribution);
        return { mount, context: { api, source, words: trans }, close: closing(source) };
      }
    }),
    ofOne<ReviewState>(api, trans, {
      command: 'workbench:review',
      label: trans.__('Review Data…'),
      caption: trans.__('Accept or refuse a contribution that the checks have quarantined'),
      states: ['quarantined'],
      load: async contribution => {
        const { ReviewFlow, mount } = await import('merit-workbench-views/views/review/index');
        const source = new ReviewFlow(api, contribution);
        return { mount, context: { api, source, words: trans }, close: closing(source) };
      }
    })
  ]
);

function wizard(api: Api, trans: IWords): TabKind {
  return {
    command: 'workbench:contribute',
    label: args => (args.isLauncher === true ? trans.__('Contribute') : trans.__('Contribute Data…')),
    caption: trans.__('Bring a file to a task: checked, signed, and paid for what it adds'),
    icon: workbenchIcon,
    args: {
      task: { type: 'string', description: 'Id of the task; asked for when missing.' },
      path: {
        type: 'string',
        description: 'A file to send, as the file browser names it; asked for when missing.'
      },
      contribution: { type: 'string', description: 'Id of a draft to go on with.' },
      tab: { type: 'string', description: 'Of a tab that is restored; made when missing.' },
      kept: { type: 'object', description: 'What a restored tab goes on with.' },
      isLauncher: { type: 'boolean', description: 'Whether it is the label of a launcher card.' }
    },
    which: given => {
      const tab = text(given.tab) || UUID.uuid4();
      const [task, contribution] = [text(given.task), text(given.contribution)];
      const kept = {
        ...(given.kept as Args | undefined),
        ...(task === '' ? {} : { task, step: 'file' }),
        ...(contribution === '' ? {} : { contribution, step: 'checks' })
      };
      return { key: tab, label: trans.__('Contribute'), args: { tab, kept } };
    },
    content: ({ tab, kept, path }, keep) =>
      new ViewWidget<State>(async () => {
        const { Flow, mount } = await import('merit-workbench-views/views/contribute/index');
        const source = new Flow(api, kept, (now: Kept) => {
          keep({ tab, kept: now as unknown as Args });
        });
        // A tab that is restored was sent its file before.
        if (text(path) !== '') {
          source.choosePath(text(path));
        }
        return { mount, context: { api, source, words: trans }, close: closing(source) };
      })
  };
}

/** Return a kind of tab that shows one contribution, asked for when it is not given. */
function ofOne<T>(
  api: Api,
  trans: IWords,
  about: {
    command: string;
    label: string;
    caption: string;
    states: readonly string[];
    load: (contribution: string) => Promise<Shown<T>>;
  }
): TabKind {
  return {
    command: about.command,
    label: () => about.label,
    caption: about.caption,
    icon: workbenchIcon,
    args: {
      contribution: {
        type: 'string',
        description: 'Id of the contribution; asked for when missing. Nothing is signed before a person confirms.'
      }
    },
    which: async given => {
      const id = text(given.contribution) || (await chosen(api, trans, about.states));
      const label = `${about.label.replace('…', '')} ${id.slice(0, 12)}`;
      return id === '' ? null : { key: id, label, args: { contribution: id } };
    },
    content: given => new ViewWidget<T>(() => about.load(text(given.contribution)))
  };
}

function closing(source: { close(): void }): () => void {
  return () => {
    source.close();
  };
}

async function chosen(api: Api, trans: IWords, states: readonly string[]): Promise<string> {
  const tasks = await api.get('/tasks', {});
  const lists = await Promise.all(
    tasks.map(task => api.get('/tasks/{task}/contributions', { path: { task: task.id } }))
  );
  const known = lists.flat().filter(one => states.includes(one.state)).slice(-200).reverse();
  const items = known.map(one => `${one.file_name} · ${one.owner} · ${one.task} · ${one.state} · ${one.id.slice(0, 12)}`);
  const { value } = await InputDialog.getItem({
    title: trans.__('Which contribution?'),
    items,
    okLabel: trans.__('Open')
  });
  return value === null ? '' : (known[items.indexOf(value)]?.id ?? '');
}
