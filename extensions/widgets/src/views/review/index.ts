import { mounting } from '../../mount.js';
import { ReviewView } from './review.js';

export { ReviewFlow, type ReviewState } from './flow.js';

/** Show a review in a host. */
export const mount = mounting(ReviewView);
