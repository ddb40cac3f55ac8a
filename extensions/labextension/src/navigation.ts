import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Address } from 'merit-workbench-views/context';

import { linkTo, openerOf } from './commands.js';

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
    open: openerOf(app.commands),
    link: address => linkTo(baseUrl, address),
    compare: (task, models) => {
      void app.commands.execute('workbench:compare', { task, models: [...models] });
    }
  };
}
