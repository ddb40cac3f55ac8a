import type { Api, Schemas } from '../../api.js';
import { followThing, type Followed, type Listen } from '../../followed.js';
import type { Problem } from '../../problem.js';

/** A task's proposals, and who was champion since the first merge. */
export interface ProposalsState {
  task: string;
  told: { task: Schemas['TaskView']; proposals: Schemas['ProposalView'][]; champions: Schemas['ChampionView'][] } | null;
  problem: Problem | null;
}

export type ProposalsSource = Followed<ProposalsState>;

/** Read them over the api, and again whenever one of them changes. */
export function proposalsSource(api: Api, task: string, listen: Listen): ProposalsSource {
  return followThing<ProposalsState>({
    first: { task, told: null, problem: null },
    read: async signal => {
      const given = { path: { task }, signal };
      const [of, proposals, champions] = await Promise.all([
        api.get('/tasks/{task}', given),
        api.get('/tasks/{task}/proposals', given),
        api.get('/tasks/{task}/champions', given)
      ]);
      return { told: { task: of, proposals, champions } };
    },
    concerns: change => change.kind === 'proposal' || change.kind === 'champion',
    listen
  });
}
