import { mounting } from '../../mount.js';
import { ProposalCard } from './proposal.js';

export { proposalSource, type ProposalSource } from './source.js';
export type { ProposalState } from './state.js';
export type { ProposalContext } from './proposal.js';

/** Show a proposal in a host. */
export const mount = mounting(ProposalCard);
