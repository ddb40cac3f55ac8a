import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';

import { workbenchIcon } from '../icons.js';
import { IWords } from '../tokens.js';

const CARDS = ['contribute', 'train', 'compare', 'leaderboard', 'mlflow', 'tutorials'];
const FOLDER = 'tutorials';

export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:launcher',
  description: 'Cards in the launcher for what people do most.',
  autoStart: true,
  requires: [IWords],
  optional: [ILauncher, ICommandPalette],
  activate: (
    app: JupyterFrontEnd, trans: IWords, cards: ILauncher | null, palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    commands.addCommand('workbench:tutorials', {
      label: () => trans.__('Tutorials'),
      caption: () => trans.__('Notebooks that lead through the workbench step by step'),
      icon: workbenchIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        try {
          await app.serviceManager.contents.get(FOLDER, { content: false });
        } catch {
          await showErrorMessage(
            trans.__('There are no tutorials here'),
            trans.__('This Jupyter server shows a folder without them. Start it by "make lab", or open the folder notebooks of the workbench.')
          );
          return;
        }
        await commands.execute('filebrowser:go-to-path', { path: FOLDER });
      }
    });
    palette?.addItem({ command: 'workbench:tutorials', category: trans.__('Workbench') });
    // Every plugin has added its commands by then.
    void app.started.then(() => {
      CARDS.map(name => `workbench:${name}`)
        .filter(command => commands.hasCommand(command))
        .forEach((command, rank) => {
          cards?.add({ command, category: trans.__('Workbench'), rank });
        });
    });
  }
};
