import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { createApi, offerApi } from 'merit-workbench-views/api';

import { IServices } from '../tokens.js';

/** The address of our server extension, below Jupyter's base URL. */
const PREFIX = 'workbench';
/** The answer to what has started a job. */
const ACCEPTED = 202;

export const api: JupyterFrontEndPlugin<IServices> = {
  id: 'merit-workbench:api',
  description: 'Reaches the workbench through the Jupyter server.',
  autoStart: true,
  provides: IServices,
  activate: (app: JupyterFrontEnd) => {
    const settings = app.serviceManager.serverSettings;
    const started = new Set<string>();
    const services: IServices = {
      started,
      identity: '',
      api: createApi(async (address, init) => {
        const url = URLExt.join(settings.baseUrl, PREFIX, address);
        const headers = new Headers(init.headers);
        if (services.identity !== '') {
          headers.set('X-Workbench-Identity', encodeURIComponent(services.identity));
        }
        const answer = await ServerConnection.makeRequest(url, { ...init, headers }, settings);
        if (answer.status === ACCEPTED && init.method === 'POST') {
          const job = (await answer.clone().json()) as { id?: unknown };
          if (typeof job.id === 'string') {
            started.add(job.id);
          }
        }
        return answer;
      })
    };
    // Widgets of a notebook in this page ask the server themselves instead of their kernel.
    offerApi(services.api);
    return services;
  }
};
