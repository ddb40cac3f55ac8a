import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { createApi, offerApi } from 'merit-workbench-views/api';

import { IServices } from '../tokens.js';

/** The address of our server extension, below Jupyter's base URL. */
const PREFIX = 'workbench';

export const api: JupyterFrontEndPlugin<IServices> = {
  id: 'merit-workbench:api',
  description: 'Reaches the workbench through the Jupyter server.',
  autoStart: true,
  provides: IServices,
  activate: (app: JupyterFrontEnd) => {
    const settings = app.serviceManager.serverSettings;
    const services = {
      api: createApi((address, init) =>
        ServerConnection.makeRequest(URLExt.join(settings.baseUrl, PREFIX, address), init, settings)
      )
    };
    // Widgets of a notebook in this page ask the server themselves instead of their kernel.
    offerApi(services.api);
    return services;
  }
};
