import { mounting } from '../../mount.js';
import { ProposalList } from './proposals.js';

export { proposalsSource } from './source.js';
export type { ProposalsState } from './source.js';

/** Show a task's proposals and champions in a host. */
export const mount = mounting(ProposalList);
