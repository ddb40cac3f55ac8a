import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { UUID, type ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Api } from 'merit-workbench-views/api';
import type { Kept, State } from 'merit-workbench-views/views/contribute/index';
import type { ReviewState } from 'merit-workbench-views/views/review/index';
import type { WithdrawState } from 'merit-workbench-views/views/withdraw/index';

import { workbenchIcon } from '../icons.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget, type Shown } from '../view_widget.js';

const CONTRIBUTE = 'workbench:contribute';
const WITHDRAW = 'workbench:withdraw';
const REVIEW = 'workbench:review';

/** A tab of the wizard, and what it goes on with when the page is loaded again. */
class WizardTab extends MainAreaWidget<ViewWidget<State>> {
  kept: Partial<Kept> = {};
}

export const contribute: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:contribute',
  description: 'Contributes data, takes them back, and decides on what was quarantined.',
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
    const category = trans.__('Workbench');

    const wizards = new WidgetTracker<WizardTab>({ namespace: 'workbench-contribute' });
    const makeWizard = (id: string, kept: Partial<Kept>, path: string | null): WizardTab => {
      const content = new ViewWidget<State>(async () => {
        const { Flow, mount } = await import('merit-workbench-views/views/contribute/index');
        const source = new Flow(api, kept, now => {
          tab.kept = now;
          void wizards.save(tab);
        });
        if (path !== null) {
          source.choosePath(path);
        }
        const close = (): void => {
          source.close();
        };
        return { mount, context: { api, source, words: trans }, close };
      });
      const tab = new WizardTab({ content });
      tab.kept = kept;
      tab.id = `workbench-contribute-${id}`;
      tab.title.label = trans.__('Contribute');
      tab.title.caption = trans.__('Contribute data to a task');
      tab.title.icon = workbenchIcon;
      return tab;
    };
    app.commands.addCommand(CONTRIBUTE, {
      label: args => (args.isLauncher === true ? trans.__('Contribute') : trans.__('Contribute Data…')),
      caption: trans.__('Bring a file to a task: checked, signed, and paid for what it adds'),
      icon: workbenchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            task: { type: 'string', description: 'Id of the task; asked for when missing.' },
            path: {
              type: 'string',
              description: 'A file to send, as the file browser names it; asked for when missing.'
            },
            contribution: { type: 'string', description: 'Id of a draft to go on with.' },
            tab: { type: 'string', description: 'Of a tab that is restored; made when missing.' },
            kept: { type: 'object', description: 'What a restored tab goes on with.' },
            isLauncher: { type: 'boolean', description: 'Whether it is the label of a launcher card.' }
          }
        }
      },
      execute: async args => {
        const id = text(args.tab) ?? UUID.uuid4();
        const path = text(args.path);
        const task = text(args.task);
        const contribution = text(args.contribution);
        const kept = {
          ...(args.kept as Partial<Kept> | undefined),
          ...(task === null ? {} : { task, step: 'file' as const }),
          ...(contribution === null ? {} : { contribution, step: 'checks' as const })
        };
        const tab = makeWizard(id, kept, path);
        await wizards.add(tab);
        app.shell.add(tab, 'main');
        app.shell.activateById(tab.id);
      }
    });

    /** Add a command whose tab shows one contribution, asked for when it is not given. */
    const addOne = <T>(verb: {
      command: string;
      label: string;
      caption: string;
      state: readonly string[];
      load: (contribution: string) => Promise<Shown<T>>;
    }): void => {
      const { command } = verb;
      const tracker = new WidgetTracker<MainAreaWidget<ViewWidget<T>>>({
        namespace: command.replace(':', '-')
      });
      const prefix = `${command.replace(':', '-')}-`;
      app.commands.addCommand(command, {
        label: verb.label,
        caption: verb.caption,
        icon: workbenchIcon,
        describedBy: {
          args: {
            type: 'object',
            properties: {
              contribution: {
                type: 'string',
                description: 'Id of the contribution; asked for when missing. Nothing is signed before a person confirms.'
              }
            }
          }
        },
        execute: async args => {
          const id = text(args.contribution) ?? (await chosen(api, trans, verb.state));
          if (id === null) {
            return;
          }
          if (!tracker.find(tab => tab.id === prefix + id)) {
            const tab = new MainAreaWidget({ content: new ViewWidget<T>(() => verb.load(id)) });
            tab.id = prefix + id;
            tab.title.label = `${verb.label.replace('…', '')} ${id.slice(0, 12)}`;
            tab.title.icon = workbenchIcon;
            await tracker.add(tab);
            app.shell.add(tab, 'main');
          }
          app.shell.activateById(prefix + id);
        }
      });
      palette?.addItem({ command, category });
      if (restorer) {
        void restorer.restore(tracker, {
          command,
          args: tab => ({ contribution: tab.id.slice(prefix.length) }),
          name: tab => tab.id
        });
      }
    };
    addOne<WithdrawState>({
      command: WITHDRAW,
      label: trans.__('Withdraw Data…'),
      caption: trans.__('Take a contribution back; what follows is listed first'),
      state: ['submitted', 'quarantined', 'accepted'],
      load: async contribution => {
        const { WithdrawFlow, mount } = await import('merit-workbench-views/views/withdraw/index');
        const source = new WithdrawFlow(api, contribution);
        return { mount, context: { api, source, words: trans }, close: closing(source) };
      }
    });
    addOne<ReviewState>({
      command: REVIEW,
      label: trans.__('Review Data…'),
      caption: trans.__('Accept or refuse a contribution that the checks have quarantined'),
      state: ['quarantined'],
      load: async contribution => {
        const { ReviewFlow, mount } = await import('merit-workbench-views/views/review/index');
        const source = new ReviewFlow(api, contribution);
        return { mount, context: { api, source, words: trans }, close: closing(source) };
      }
    });

    palette?.addItem({ command: CONTRIBUTE, category });
    if (restorer) {
      void restorer.restore(wizards, {
        command: CONTRIBUTE,
        args: tab => ({
          tab: tab.id.slice('workbench-contribute-'.length),
          kept: tab.kept as ReadonlyPartialJSONObject
        }),
        name: tab => tab.id
      });
    }
  }
};

function closing(source: { close(): void }): () => void {
  return () => {
    source.close();
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

async function chosen(api: Api, trans: IWords, states: readonly string[]): Promise<string | null> {
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
  return value === null ? null : (known[items.indexOf(value)]?.id ?? null);
}
