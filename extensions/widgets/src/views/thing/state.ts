import type { Schemas } from '../../api.js';
import type { Problem } from '../../problem.js';

/** A thing with an address, as the server tells of it. */
export type Told =
  | { kind: 'task'; task: Schemas['TaskView']; isSponsor: boolean }
  | { kind: 'contribution'; contribution: Schemas['ContributionView'] }
  | { kind: 'epoch'; epoch: Schemas['EpochView'] };

export type Kind = Told['kind'];

export interface ThingState {
  kind: Kind;
  id: string;
  told: Told | null;
  problem: Problem | null;
}
