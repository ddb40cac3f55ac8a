import { mounting } from '../../mount.js';
import { Panel } from './panel.js';

export { homeSource, type HomeSource, type Visits } from './source.js';
export { counts, type PanelState } from './state.js';

/** Show the side panel in a host. */
export const mount = mounting(Panel);
