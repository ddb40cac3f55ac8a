import { mounting } from '../../mount.js';
import { ValueView } from './view.js';

export { valueSource, type ValueSource } from './source.js';
export { NOTHING_YET, type ValueState } from './state.js';

/** Show a task's newest valuation in a host. */
export const mount = mounting(ValueView);
