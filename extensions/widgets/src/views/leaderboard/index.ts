import { mounting } from '../../mount.js';
import { LeaderboardView } from './view.js';

export { boardSource, givenBoard, type BoardSource } from './source.js';
export { NOTHING_YET, type BoardState } from './state.js';

/** Show a leaderboard in a host. */
export const mount = mounting(LeaderboardView);
