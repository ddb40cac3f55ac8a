import type { JupyterFrontEnd } from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import type { Address } from 'merit-workbench-views/context';

/** What opens a thing, and under which name of its arguments. */
const OPENED_BY: Partial<Record<Address['kind'], readonly [command: string, argument: string]>> = {
  job: ['workbench:open-job', 'job'],
  run: ['workbench:open-run', 'run'],
  comparison: ['workbench:compare', 'run']
};

/** What a tab gives its view to go elsewhere. */
export interface Navigation {
  open: (address: Address) => void;
  link: (address: Address) => string;
  compare: (task: string, models: readonly string[]) => void;
}

/** Return how views of this application open other views, and say where they are. */
export function navigation(app: JupyterFrontEnd): Navigation {
  const { baseUrl } = app.serviceManager.serverSettings;
  return {
    open: ({ kind, id }) => {
      const found = OPENED_BY[kind];
      if (found) {
        void app.commands.execute(found[0], { [found[1]]: id });
      }
    },
    link: ({ kind, id }) =>
      `${new URL(URLExt.join(baseUrl, 'lab'), window.location.href).href}?workbench-${kind}=${encodeURIComponent(id)}`,
    compare: (task, models) => {
      void app.commands.execute('workbench:compare', { task, models: [...models] });
    }
  };
}

/** Return the thing that an address of ours leads to. */
export function linked(address: string): Address | null {
  const found = LINK.exec(address);
  return found ? { kind: found[1] as Address['kind'], id: found[2] ?? '' } : null;
}

/** An address of ours: a kind that can be opened, and an id. */
export const LINK = /[?&]workbench-(job|run|comparison)=([0-9a-f]{6,64})(?=[&#]|$)/;
