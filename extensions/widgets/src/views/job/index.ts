import { mounting } from '../../mount.js';
import { JobCard } from './card.js';

export { jobSource, type JobSource } from './source.js';
export { after, hasEnded, NOTHING_YET, type JobState } from './state.js';

/** Show a job's card in a host. */
export const mount = mounting(JobCard);
