import { InputDialog } from '@jupyterlab/apputils';
import type { Api } from 'merit-workbench-views/api';

import type { IWords } from './tokens.js';

/** Let a person choose one of a few; what there is only one of needs no choice. */
export async function choose(trans: IWords, title: string, items: readonly string[]): Promise<number | null> {
  if (items.length < 2) {
    return items.length - 1;
  }
  const { value: chosen } = await InputDialog.getItem({ title, items: [...items], okLabel: trans.__('Open') });
  return chosen === null ? null : items.indexOf(chosen);
}

/** Return the id of the task that a person chooses; `''` where they choose none. */
export async function chosenTask(api: Api, trans: IWords): Promise<string> {
  const tasks = await api.get('/tasks', {});
  const at = await choose(trans, trans.__('Which task?'), tasks.map(task => `${task.title} · ${task.id}`));
  return at === null ? '' : (tasks[at]?.id ?? '');
}
