import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, IFrame, MainAreaWidget, showDialog } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { workbenchIcon } from '../icons.js';
import { IWords } from '../tokens.js';

const COMMAND = 'workbench:open-published';
const ID = 'workbench-published';

export const published: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:published',
  description: 'Shows the published pages in a tab, as viewers see them.',
  autoStart: true,
  requires: [IWords],
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, trans: IWords, palette: ICommandPalette | null) => {
    const { commands, serviceManager, shell } = app;
    let tab: MainAreaWidget<IFrame> | null = null;

    commands.addCommand(COMMAND, {
      label: () => trans.__('Published Pages'),
      caption: () => trans.__('Leaderboards and payouts as viewers see them'),
      icon: workbenchIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        const settings = serviceManager.serverSettings;
        const url = URLExt.join(settings.baseUrl, 'workbench/published/index.html');
        const { ok } = await ServerConnection.makeRequest(url, { method: 'HEAD' }, settings);
        if (!ok) {
          const { button } = await showDialog({
            title: trans.__('Nothing is published yet'),
            body: trans.__('The pages are written from what is recorded, for everybody who may read them.'),
            buttons: [Dialog.cancelButton({ label: trans.__('Close') }), Dialog.okButton({ label: trans.__('Publish') })]
          });
          if (button.accept) {
            await commands.execute('workbench:publish');
          }
          return;
        }
        if (tab === null || tab.isDisposed) {
          const content = new IFrame({
            sandbox: ['allow-same-origin', 'allow-scripts', 'allow-downloads', 'allow-popups'],
            // Jupyter serves its files to pages of its own only, and tells them by that.
            referrerPolicy: 'same-origin'
          });
          content.url = url;
          tab = new MainAreaWidget({ content });
          tab.id = ID;
          tab.title.label = trans.__('Published Pages');
          tab.title.icon = workbenchIcon;
          shell.add(tab, 'main');
        }
        shell.activateById(ID);
      }
    });
    palette?.addItem({ command: COMMAND, category: trans.__('Workbench') });
  }
};
