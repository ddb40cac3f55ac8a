import { IRouter, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';

import { LINK, linked, navigation } from '../navigation.js';

const FOLLOW = 'workbench:follow-link';

export const links: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:links',
  description: 'Opens the job, run or comparison that an address names.',
  autoStart: true,
  requires: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter) => {
    app.commands.addCommand(FOLLOW, {
      execute: () => {
        const address = linked(router.current.request);
        if (address !== null) {
          void app.restored.then(() => navigation(app).open(address));
        }
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
    router.register({ command: FOLLOW, pattern: LINK });
  }
};
