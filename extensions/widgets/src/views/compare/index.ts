import { mounting } from '../../mount.js';
import { Compare } from './compare.js';

export type { CompareContext } from './compare.js';
export { NOTHING_CHOSEN, stateFrom, type CompareState, type Told } from './state.js';

/** Show models side by side in a host. */
export const mount = mounting(Compare);
