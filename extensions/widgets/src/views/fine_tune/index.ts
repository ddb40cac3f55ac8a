import { mounting } from '../../mount.js';
import { FineTune } from './fine_tune.js';

export type { FineTuneContext } from './fine_tune.js';
export { NOTHING_CHOSEN, stateFrom, SIZES, type FineTuneState, type Size } from './state.js';

/** Show the fine-tune wizard in a host. */
export const mount = mounting(FineTune);
