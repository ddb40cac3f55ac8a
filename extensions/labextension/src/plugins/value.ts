import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Address } from 'merit-workbench-views/context';

import { workbenchIcon } from '../icons.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget, type Shown } from '../view_widget.js';

const VALUE = 'workbench:value';
const WHY = 'workbench:why';
const LEADERBOARD = 'workbench:leaderboard';

/** One of the three commands: what it asks for, and what its tab shows. */
interface Opening {
  command: string;
  /** Of a tab and in the palette. */
  label: string;
  labelToAsk: string;
  caption: string;
  /** Names and descriptions of the arguments, in the order of a tab's id. */
  args: Readonly<Record<string, string>>;
  /** Ask for what was not given; `null` where the person does not say. */
  complete: (args: ReadonlyPartialJSONObject) => Promise<Record<string, string> | null>;
  title: (args: Record<string, string>) => string;
  load: (args: Record<string, string>) => Promise<Shown<unknown>>;
}

export const value: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:value',
  description: 'Shows in tabs what data are worth, why somebody was paid, and the leaderboard.',
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
    const open = ({ kind, id }: Address): void => {
      if (kind === 'payout') {
        const [epoch = '', ...owner] = id.split(':');
        void app.commands.execute(WHY, { epoch, owner: owner.join(':') });
      }
    };

    const choose = async (title: string, items: readonly string[]): Promise<number | null> => {
      if (items.length < 2) {
        return items.length - 1;
      }
      const { value: chosen } = await InputDialog.getItem({ title, items: [...items], okLabel: trans.__('Open') });
      return chosen === null ? null : items.indexOf(chosen);
    };

    const chosenTask = async (): Promise<string | null> => {
      const tasks = await api.get('/tasks', {});
      const at = await choose(trans.__('Which task?'), tasks.map(task => `${task.title} · ${task.id}`));
      return at === null ? null : (tasks[at]?.id ?? '');
    };

    const chosenPayout = async (args: ReadonlyPartialJSONObject): Promise<Record<string, string> | null> => {
      let epoch = text(args.epoch);
      if (epoch === '') {
        const task = await chosenTask();
        if (task === null) {
          return null;
        }
        const epochs = await api.get('/tasks/{task}/epochs', { path: { task } });
        const at = await choose(trans.__('Which epoch?'), epochs.map(one => `${one.task}:${one.number}`));
        epoch = at === null ? '' : (epochs[at]?.id ?? '');
      }
      if (epoch === '') {
        return null;
      }
      let owner = text(args.owner);
      if (owner === '') {
        const { payouts } = await api.get('/epochs/{epoch}', { path: { epoch } });
        const at = await choose(trans.__('Whose payout?'), payouts.map(row => row.owner));
        owner = at === null ? '' : (payouts[at]?.owner ?? '');
      }
      return owner === '' ? null : { epoch, owner };
    };

    const ofTask = async (args: ReadonlyPartialJSONObject): Promise<Record<string, string> | null> => {
      const task = text(args.task) || (await chosenTask());
      return task === null ? null : { task };
    };

    const openings: Opening[] = [
      {
        command: VALUE,
        label: trans.__('Value Data'),
        labelToAsk: trans.__('Value Data…'),
        caption: trans.__('Show what each owner’s data are worth to a task’s model, live'),
        args: { task: 'Id of the task; asked for when missing.' },
        complete: ofTask,
        title: ({ task }) => trans.__('Value · %1', task),
        load: async ({ task = '' }) => {
          const { mount, valueSource } = await import('merit-workbench-views/views/value/index');
          const source = valueSource(api, task);
          return shown(mount, { api, source, words: trans, open }, source.close);
        }
      },
      {
        command: WHY,
        label: trans.__('Explain Payout'),
        labelToAsk: trans.__('Explain Payout…'),
        caption: trans.__('Show why an owner was paid what it was paid'),
        args: {
          epoch: 'Id of the epoch or TASK:NUMBER; asked for when missing.',
          owner: 'Name of the owner group; asked for when missing.'
        },
        complete: chosenPayout,
        title: ({ owner }) => trans.__('Why · %1', owner),
        load: async ({ epoch = '', owner = '' }) => {
          const { mount, whySource } = await import('merit-workbench-views/views/why/index');
          const source = whySource(api, epoch, owner);
          return shown(mount, { api, source, words: trans, open }, source.close);
        }
      },
      {
        command: LEADERBOARD,
        label: trans.__('Open Leaderboard'),
        labelToAsk: trans.__('Open Leaderboard'),
        caption: trans.__('Show a task’s owners by value and its models by metric'),
        args: { task: 'Id of the task; the first unless given.' },
        complete: args => Promise.resolve({ task: text(args.task) }),
        title: () => trans.__('Leaderboard'),
        load: async ({ task = '' }) => {
          const { mount, boardSource } = await import('merit-workbench-views/views/leaderboard/index');
          const source = boardSource(api, task === '' ? null : task);
          return shown(mount, { api, source, words: trans, open }, source.close);
        }
      }
    ];
    for (const opening of openings) {
      add(app, opening, trans, palette, restorer);
    }
  }
};

function add(
  app: JupyterFrontEnd,
  opening: Opening,
  trans: IWords,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null
): void {
  const { command } = opening;
  const names = Object.keys(opening.args);
  const tracker = new WidgetTracker<MainAreaWidget<ViewWidget<unknown>>>({
    namespace: command.replace(':', '-')
  });
  const given = new WeakMap<MainAreaWidget, ReadonlyJSONObject>();
  app.commands.addCommand(command, {
    label: args => (names.every(name => text(args[name]) !== '') ? opening.label : opening.labelToAsk),
    caption: opening.caption,
    icon: workbenchIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: Object.fromEntries(
          names.map(name => [name, { type: 'string', description: opening.args[name] ?? '' }])
        )
      }
    },
    execute: async args => {
      const complete = await opening.complete(args);
      if (complete === null) {
        return;
      }
      const id = [command.replace(':', '-'), ...names.map(name => complete[name] ?? '')].join('-');
      if (!tracker.find(tab => tab.id === id)) {
        const content = new ViewWidget<unknown>(() => opening.load(complete));
        const tab = new MainAreaWidget({ content });
        tab.id = id;
        tab.title.label = opening.title(complete);
        tab.title.caption = opening.caption;
        tab.title.icon = workbenchIcon;
        given.set(tab, complete);
        await tracker.add(tab);
        app.shell.add(tab, 'main');
      }
      app.shell.activateById(id);
    }
  });
  palette?.addItem({ command, category: trans.__('Workbench') });
  if (restorer) {
    void restorer.restore(tracker, {
      command,
      args: tab => given.get(tab) ?? {},
      name: tab => tab.id
    });
  }
}

function shown<T>(mount: Shown<T>['mount'], context: Shown<T>['context'], close: () => void): Shown<unknown> {
  // Each mount goes with its own source; what a tab hosts need not know of which kind they are.
  return { mount, context, close } as unknown as Shown<unknown>;
}

function text(given: unknown): string {
  return typeof given === 'string' ? given : '';
}
