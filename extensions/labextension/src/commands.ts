import { URLExt } from '@jupyterlab/coreutils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Address, Commands } from 'merit-workbench-views/context';

/** The commands that other parts call. A part that is not there has no command: ask first. */
export const ID = {
  contribute: 'workbench:contribute',
  showPanel: 'workbench:show-panel',
  open: 'workbench:open',
  openJob: 'workbench:open-job',
  openRun: 'workbench:open-run',
  compare: 'workbench:compare',
  mlflow: 'workbench:mlflow',
  why: 'workbench:why',
  value: 'workbench:value',
  copyLink: 'workbench:copy-link'
} as const;

/** A payout: of an epoch, by its id, to an owner; without an owner it is asked for. */
const OF_OWNER = /^([0-9a-f]{64}):(.+)$/s;

/** Return the command that opens a thing, and its arguments. */
export function opener({ kind, id }: Address): [string, ReadonlyPartialJSONObject] {
  switch (kind) {
    case 'job':
      return [ID.openJob, { job: id }];
    case 'run':
      return [ID.openRun, { run: id }];
    case 'comparison':
      return [ID.compare, { run: id }];
    case 'valuation':
      return [ID.value, { study: id }];
    case 'payout': {
      const [, epoch = id, owner] = OF_OWNER.exec(id) ?? [];
      return [ID.why, owner === undefined ? { epoch } : { epoch, owner }];
    }
    default:
      return [`workbench:open-${kind}`, { [kind]: id }];
  }
}

/** Return the address at which JupyterLab opens a thing, below its base URL. */
export function linkTo(baseUrl: string, { kind, id }: Address): string {
  const lab = new URL(URLExt.join(baseUrl, 'lab'), window.location.href);
  return `${lab.href}?workbench=${kind}/${encodeURIComponent(id)}`;
}

/** Return what views may ask of the application. */
export function commandsOf(registry: CommandRegistry): Commands {
  return {
    has: command => registry.hasCommand(command),
    run: (command, args) => void registry.execute(command, args as ReadonlyPartialJSONObject)
  };
}

/** Return how views open things: those that nothing here can show stay closed. */
export function openerOf(registry: CommandRegistry): (address: Address) => void {
  return address => {
    const [command, args] = opener(address);
    if (registry.hasCommand(command)) {
      void registry.execute(command, args);
    }
  };
}
