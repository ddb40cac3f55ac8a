import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';

import { IHome, IServices } from '../tokens.js';

/** Where the state database keeps until when the person has seen what happened. */
const SEEN = 'merit-workbench:seen';
/** A page that nobody looks at gives its connection back: a browser has six for a host. */
const HIDDEN_MS = 60_000;

export const home: JupyterFrontEndPlugin<IHome> = {
  id: 'merit-workbench:home',
  description: 'Follows the home in one stream, for every part of the page.',
  autoStart: true,
  requires: [IServices],
  optional: [IStateDB],
  provides: IHome,
  activate: (app: JupyterFrontEnd, services: IServices, state: IStateDB | null): IHome => {
    let remembered: string | undefined;
    const visits = {
      last: async () => {
        const kept = state ? await state.fetch(SEEN) : remembered;
        return typeof kept === 'string' ? kept : undefined;
      },
      keep: async (asOf: string) => {
        remembered = asOf;
        await state?.save(SEEN, asOf);
      }
    };
    const source = app.restored.then(async () => {
      const { homeSource } = await import('merit-workbench-views/views/panel/index');
      const followed = homeSource(services.api, visits);
      followed.start();
      let timer = 0;
      document.addEventListener('visibilitychange', () => {
        window.clearTimeout(timer);
        if (document.visibilityState === 'hidden') {
          timer = window.setTimeout(() => {
            followed.pause();
          }, HIDDEN_MS);
        } else {
          followed.resume();
        }
      });
      return followed;
    });
    return { source };
  }
};
