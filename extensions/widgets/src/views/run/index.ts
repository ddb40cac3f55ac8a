import { mounting } from '../../mount.js';
import { RunCard } from './run.js';

export type { RunContext, RunState } from './run.js';

/** Show a run's card in a host. */
export const mount = mounting(RunCard);
