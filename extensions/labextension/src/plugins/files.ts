import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';

import { ID } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { IWords } from '../tokens.js';

export const files: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:files',
  description: 'Offers to contribute a file where the file browser shows it.',
  autoStart: true,
  requires: [IWords],
  optional: [IFileBrowserFactory],
  activate: (app: JupyterFrontEnd, trans: IWords, browsers: IFileBrowserFactory | null) => {
    const { commands } = app;
    const chosen = (): string | undefined =>
      [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])].find(
        item => item.type !== 'directory'
      )?.path;
    const isOffered = (): boolean => commands.hasCommand(ID.contribute);
    commands.addCommand('workbench:contribute-file', {
      label: () => trans.__('Contribute This File…'),
      caption: () => trans.__('Bring the file that is selected to a task'),
      icon: workbenchIcon,
      isVisible: isOffered,
      isEnabled: isOffered,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: {
              type: 'string',
              description: 'Path of the file on the Jupyter server; the selected one when missing.'
            }
          }
        }
      },
      execute: async args => {
        const path = typeof args.path === 'string' ? args.path : chosen();
        if (path !== undefined) {
          await commands.execute(ID.contribute, { path });
        }
      }
    });
  }
};
