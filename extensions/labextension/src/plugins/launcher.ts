import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import type { Problem } from 'merit-workbench-views/problem';

import { workbenchIcon } from '../icons.js';
import { IServices, IWords } from '../tokens.js';

const CARDS = ['contribute', 'train', 'compare', 'proposals', 'leaderboard', 'mlflow', 'tutorials'];

export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:launcher',
  description: 'Cards in the launcher for what people do most.',
  autoStart: true,
  requires: [IServices, IWords],
  optional: [ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    cards: ILauncher | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const { api } = services;
    commands.addCommand('workbench:tutorials', {
      label: () => trans.__('Tutorials'),
      caption: () => trans.__('Notebooks that lead through the workbench step by step'),
      icon: workbenchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            name: { type: 'string', description: trans.__('One to open, such as first_look') }
          }
        }
      },
      execute: async args => {
        try {
          const { folder, names } = await api.tutorials();
          await commands.execute('filebrowser:go-to-path', { path: folder });
          const asked = names.find(name => name === `${args.name as string}.ipynb`);
          if (asked !== undefined) {
            await commands.execute('docmanager:open', { path: `${folder}/${asked}` });
          }
        } catch (thrown) {
          const problem = thrown as Partial<Problem>;
          const told = [problem.found, problem.nextStep].filter(Boolean).join('\n\n');
          await showErrorMessage(
            trans.__('There are no tutorials here'), told === '' ? String(thrown) : told
          );
        }
      }
    });
    palette?.addItem({ command: 'workbench:tutorials', category: trans.__('Workbench') });
    // Every plugin has added its commands by then.
    void app.started.then(() => {
      CARDS.map(name => `workbench:${name}`)
        .filter(command => commands.hasCommand(command))
        .forEach((command, rank) => {
          cards?.add({ command, category: trans.__('Workbench'), rank, args: { isLauncher: true } });
        });
    });
  }
};
