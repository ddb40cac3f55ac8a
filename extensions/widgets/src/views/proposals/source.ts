import type { Api, Schemas } from '../../api.js';
import { followThing, type Followed, type Listen } from '../../followed.js';
import { ownerOf } from '../../owner.js';
import type { Problem } from '../../problem.js';

/** A task's proposals, and who was champion since the first merge. */
export interface ProposalsState {
  task: string;
  told: Told | null;
  problem: Problem | null;
}

interface Told {
  task: Schemas['TaskView'];
  proposals: Schemas['ProposalView'][];
  champions: Schemas['ChampionView'][];
  /** Whether it is for who looks to fund its bounties. */
  isSponsor: boolean;
}

export type ProposalsSource = Followed<ProposalsState>;

/**
 * Read them over the api, and again whenever one of them changes.
 *
 * @param identity - whose key signs; whom the server names where it is empty.
 */
export function proposalsSource(api: Api, task: string, identity: string, listen: Listen): ProposalsSource {
  return followThing<ProposalsState>({
    first: { task, told: null, problem: null },
    read: async signal => {
      const given = { path: { task }, signal };
      const [of, proposals, champions, owner] = await Promise.all([
        api.get('/tasks/{task}', given),
        api.get('/tasks/{task}/proposals', given),
        api.get('/tasks/{task}/champions', given),
        ownerOf(api, identity, signal)
      ]);
      return { told: { task: of, proposals, champions, isSponsor: owner === of.sponsor } };
    },
    // What waits for whoever makes it better is told with everything else that moves.
    concerns: change => (change.kind === 'ledger' ? 'soon' : change.kind === 'proposal' || change.kind === 'champion'),
    listen
  });
}
