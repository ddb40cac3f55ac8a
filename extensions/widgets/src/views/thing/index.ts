import { mounting } from '../../mount.js';
import { Thing } from './thing.js';

export { thingSource } from './source.js';
export type { Kind, ThingState } from './state.js';

/** Show a task, a contribution or an epoch in a host. */
export const mount = mounting(Thing);
