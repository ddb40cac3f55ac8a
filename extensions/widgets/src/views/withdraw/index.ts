import { mounting } from '../../mount.js';
import { WithdrawView } from './withdrawal.js';

export { WithdrawFlow, type WithdrawState } from './flow.js';

/** Show a withdrawal in a host. */
export const mount = mounting(WithdrawView);
