import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { createApi } from 'merit-workbench-views/api';
import { offer } from 'merit-workbench-views/page';

import { linkTo } from '../commands.js';
import { IServices, IWords } from '../tokens.js';

/** The address of our server extension, below Jupyter's base URL. */
const PREFIX = 'workbench';
/** The answer to what has started a job. */
const ACCEPTED = 202;

export const api: JupyterFrontEndPlugin<IServices> = {
  id: 'merit-workbench:api',
  description: 'Reaches the workbench through the Jupyter server.',
  autoStart: true,
  requires: [IWords],
  provides: IServices,
  activate: (app: JupyterFrontEnd, trans: IWords) => {
    const settings = app.serviceManager.serverSettings;
    const started = new Set<string>();
    const look = versions(trans);
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
        look(answer.headers.get('X-Workbench-Version'));
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
    offer({ api: services.api, link: address => linkTo(settings.baseUrl, address) });
    return services;
  }
};

/** Return what is told each answer's version, and says once that this page is of another. */
function versions(trans: IWords): (version: string | null) => void {
  let first: string | null = null;
  let isSaid = false;
  return version => {
    first ??= version;
    if (version === null || version === first || isSaid) {
      return;
    }
    isSaid = true;
    const words = trans.__(
      'The workbench is version %1 now; this page was loaded with %2. Reload it: what was saved is kept.',
      version,
      first
    );
    const label = trans.__('Reload the page');
    const callback = (): void => {
      window.location.reload();
    };
    Notification.warning(words, { autoClose: false, actions: [{ label, callback }] });
  };
}
