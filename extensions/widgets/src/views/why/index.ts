import { mounting } from '../../mount.js';
import { WhyCard } from './view.js';

export { whySource, type WhySource } from './source.js';
export { NOTHING_YET, type WhyState } from './state.js';

/** Show in a host why an owner was paid what it was paid. */
export const mount = mounting(WhyCard);
