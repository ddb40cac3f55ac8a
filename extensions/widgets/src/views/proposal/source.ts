import type { Api } from '../../api.js';
import type { Change } from '../../changes.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import type { Around, ProposalState } from './state.js';

/** A proposal, read again whenever it is not as it was. */
export interface ProposalSource extends Source<ProposalState> {
  refresh: () => Promise<void>;
  close: () => void;
}

export type Listen = (heard: (change: Change) => void) => () => void;

/** A review is told as a new record of the log, and of those there can be many. */
const GATHER_MS = 1000;

/**
 * Read a proposal over the api.
 *
 * @param identity - whose key signs; whom the server names where it is empty.
 * @param listen - to the home's stream, where there is one.
 */
export function proposalSource(api: Api, id: string, identity = '', listen?: Listen): ProposalSource {
  const kept = new Settable<ProposalState>({
    proposal: id, told: null, diff: null, around: null, problem: null
  });
  const ending = new AbortController();
  const { signal } = ending;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const change = (part: Partial<ProposalState>): void => {
    if (!signal.aborted) {
      kept.set({ ...kept.get(), ...part });
    }
  };
  const refresh = async (): Promise<void> => {
    asked += 1;
    const mine = asked;
    try {
      const told = await api.get('/proposals/{proposal}', { path: { proposal: id }, signal });
      const [around, diff] = await Promise.all([
        aroundOf(api, told.task, identity, signal),
        api.get('/proposals/{proposal}/diff', { path: { proposal: told.id }, signal })
      ]);
      if (mine === asked) {
        change({ told, around, diff, problem: null });
      }
    } catch (thrown) {
      change({ problem: asProblem(thrown) });
    }
  };
  const deaf = listen?.(heard => {
    const { told } = kept.get();
    const isHere = heard.id === id || heard.id === told?.id;
    const isOfAll = heard.kind === 'champion' || (heard.kind === 'proposal' && !heard.id);
    if (isHere || isOfAll || (heard.kind === 'stream' && heard.state === 'reload')) {
      void refresh();
    } else if (heard.kind === 'ledger') {
      timer ??= setTimeout(() => {
        timer = undefined;
        void refresh();
      }, GATHER_MS);
    }
  });
  void refresh();
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    refresh,
    close: () => {
      ending.abort();
      clearTimeout(timer);
      deaf?.();
    }
  };
}

async function aroundOf(api: Api, task: string, identity: string, signal: AbortSignal): Promise<Around> {
  const [of, people, me] = await Promise.all([
    api.get('/tasks/{task}', { path: { task }, signal }),
    api.get('/principals', { signal }),
    identity === '' ? api.me() : identity
  ]);
  // Whoever has not signed anything yet signs for a group of their own name.
  const owner = people.find(one => one.name === me)?.owner ?? me;
  return { sponsor: of.sponsor, champion: of.champion, owner };
}
