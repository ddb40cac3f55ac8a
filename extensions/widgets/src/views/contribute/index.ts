import { mounting } from '../../mount.js';
import { ContributeWizard } from './wizard.js';

export { Flow } from './flow.js';
export { asKept, NEW, NOTHING, type Kept, type State } from './state.js';

/** Show the wizard in a host. */
export const mount = mounting(ContributeWizard);
