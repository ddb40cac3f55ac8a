import type { Api } from 'merit-workbench-views/api';

import { choose, chosenTask } from '../choose.js';
import { ID } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text, type Args, type TabKind, type Which } from '../tabs.js';
import type { IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

export const value = tabsPlugin(
  {
    id: 'merit-workbench:value',
    description: 'Shows in tabs what data are worth, why somebody was paid, and the leaderboard.'
  },
  (app, { api }, trans, home) => {
    const task = { type: 'string', description: 'Id of the task; asked for when missing.' };
    const kinds: TabKind[] = [
      {
        command: ID.value,
        label: given => (text(given.task) === '' ? trans.__('Value Data…') : trans.__('Value Data')),
        caption: trans.__('Show what each owner’s data are worth to a task’s model, live'),
        icon: workbenchIcon,
        args: { task, study: { type: 'string', description: 'Id of a valuation, to show its task.' } },
        which: async given => {
          const of = text(given.task) || (await taskOf(api, text(given.study))) || (await chosenTask(api, trans));
          return of === '' ? null : { key: of, label: trans.__('Value · %1', of), args: { task: of } };
        },
        content: given =>
          new ViewWidget(async () => {
            const { mount, valueSource } = await import('merit-workbench-views/views/value/index');
            const source = valueSource(api, text(given.task));
            return { mount, context: { api, source, words: trans, ...navigation(app) }, close: source.close };
          })
      },
      {
        command: ID.why,
        label: given =>
          text(given.epoch) === '' || text(given.owner) === '' ? trans.__('Explain Payout…') : trans.__('Explain Payout'),
        caption: trans.__('Show why an owner was paid what it was paid'),
        icon: workbenchIcon,
        args: {
          epoch: { type: 'string', description: 'Id of the epoch or TASK:NUMBER; asked for when missing.' },
          owner: { type: 'string', description: 'Name of the owner group; asked for when missing.' }
        },
        which: given => chosenPayout(api, trans, given),
        content: given =>
          new ViewWidget(async () => {
            const { mount, whySource } = await import('merit-workbench-views/views/why/index');
            const source = whySource(api, text(given.epoch), text(given.owner));
            return { mount, context: { api, source, words: trans, ...navigation(app) }, close: source.close };
          })
      },
      {
        command: 'workbench:leaderboard',
        label: () => trans.__('Open Leaderboard'),
        caption: trans.__('Show a task’s owners by value and its models by metric'),
        icon: workbenchIcon,
        args: { task: { type: 'string', description: 'Id of the task; the first unless given.' } },
        which: given => {
          const of = text(given.task);
          return { key: of, label: trans.__('Leaderboard'), args: of === '' ? {} : { task: of } };
        },
        content: given =>
          new ViewWidget(async () => {
            const { mount, boardSource } = await import('merit-workbench-views/views/leaderboard/index');
            const source = boardSource(api, text(given.task) || null);
            const deaf = (await home.source).listen(source.hear);
            const close = (): void => {
              deaf();
              source.close();
            };
            return { mount, context: { api, source, words: trans, ...navigation(app) }, close };
          })
      }
    ];
    return kinds;
  }
);

async function taskOf(api: Api, study: string): Promise<string> {
  return study === '' ? '' : (await api.get('/valuations/{study}', { path: { study } })).task;
}

async function chosenPayout(api: Api, trans: IWords, given: Args): Promise<Which | null> {
  let epoch = text(given.epoch);
  if (epoch === '') {
    const task = await chosenTask(api, trans);
    const epochs = task === '' ? [] : await api.get('/tasks/{task}/epochs', { path: { task } });
    const at = await choose(trans, trans.__('Which epoch?'), epochs.map(one => `${one.task}:${one.number}`));
    epoch = at === null ? '' : (epochs[at]?.id ?? '');
  }
  if (epoch === '') {
    return null;
  }
  let owner = text(given.owner);
  if (owner === '') {
    const { payouts } = await api.get('/epochs/{epoch}', { path: { epoch } });
    const at = await choose(trans, trans.__('Whose payout?'), payouts.map(row => row.owner));
    owner = at === null ? '' : (payouts[at]?.owner ?? '');
  }
  return owner === '' ? null : { key: `${epoch}-${owner}`, label: trans.__('Why · %1', owner), args: { epoch, owner } };
}
