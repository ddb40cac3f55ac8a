import type { Api, Schemas } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem, type Problem } from '../../problem.js';
import type { Listen } from '../proposal/source.js';

/** A task's proposals, and who was champion since the first merge. */
export interface ProposalsState {
  task: string;
  told: { task: Schemas['TaskView']; proposals: Schemas['ProposalView'][]; champions: Schemas['ChampionView'][] } | null;
  problem: Problem | null;
}

export interface ProposalsSource extends Source<ProposalsState> {
  refresh: () => Promise<void>;
  close: () => void;
}

/** Read them over the api, and again whenever one of them changes. */
export function proposalsSource(api: Api, task: string, listen: Listen): ProposalsSource {
  const kept = new Settable<ProposalsState>({ task, told: null, problem: null });
  const ending = new AbortController();
  const given = { path: { task }, signal: ending.signal };
  let asked = 0;
  const refresh = async (): Promise<void> => {
    asked += 1;
    const mine = asked;
    try {
      const [of, proposals, champions] = await Promise.all([
        api.get('/tasks/{task}', given),
        api.get('/tasks/{task}/proposals', given),
        api.get('/tasks/{task}/champions', given)
      ]);
      if (mine === asked && !ending.signal.aborted) {
        kept.set({ task, told: { task: of, proposals, champions }, problem: null });
      }
    } catch (thrown) {
      if (!ending.signal.aborted) {
        kept.set({ ...kept.get(), problem: asProblem(thrown) });
      }
    }
  };
  const deaf = listen(change => {
    const isOne = change.kind === 'proposal' || change.kind === 'champion';
    if (isOne || (change.kind === 'stream' && change.state === 'reload')) {
      void refresh();
    }
  });
  void refresh();
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    refresh,
    close: () => {
      ending.abort();
      deaf();
    }
  };
}
