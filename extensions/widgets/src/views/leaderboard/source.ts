import type { Api } from '../../api.js';
import type { Change } from '../../changes.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import { NOTHING_YET, type BoardState } from './state.js';

/** A leaderboard with what is chosen to be on it. */
export interface BoardSource extends Source<BoardState> {
  /** Show another task, epoch or metric. */
  choose: (chosen: Partial<Pick<BoardState, 'task' | 'epoch' | 'metric'>>) => void;
  /** Look again. */
  refresh: () => void;
  /** Look again if a change of the home makes the board another. */
  hear: (change: Change) => void;
  close: () => void;
}

/** What stands on a board: who was paid what, and which models were compared. */
const SHOWN = new Set(['epoch', 'dispute', 'run', 'champion', 'task']);

/** Ask for a leaderboard over the api. */
export function boardSource(api: Api, task: string | null): BoardSource {
  const kept = new Settable<BoardState>({ ...NOTHING_YET, task });
  let ending = new AbortController();
  const change = (part: Partial<BoardState>): void => {
    kept.set({ ...kept.get(), ...part });
  };
  const ask = async (): Promise<void> => {
    ending.abort();
    ending = new AbortController();
    const { signal } = ending;
    try {
      const tasks = await api.get('/tasks', { signal });
      const chosen = kept.get().task ?? tasks[0]?.id ?? null;
      change({ tasks, task: chosen, problem: null });
      if (chosen === null) {
        return;
      }
      const [epochs, runs] = await Promise.all([
        api.get('/tasks/{task}/epochs', { path: { task: chosen }, signal }),
        api.get('/tasks/{task}/runs', { path: { task: chosen }, signal })
      ]);
      change({ epochs, comparisons: runs.filter(run => run.kind === 'comparison') });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ problem: asProblem(thrown) });
      }
    }
  };
  void ask();
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    choose: chosen => {
      if (chosen.task !== undefined && chosen.task !== kept.get().task) {
        change({ ...chosen, epochs: null, comparisons: [], epoch: null, metric: null });
        void ask();
        return;
      }
      change(chosen);
    },
    refresh: () => void ask(),
    hear: ({ kind, state, task: of }) => {
      const isOurs = SHOWN.has(kind) && (of === undefined || of === kept.get().task);
      if (isOurs || (kind === 'stream' && state === 'reload')) {
        void ask();
      }
    },
    close: () => ending.abort()
  };
}

/** Let a page choose among what it was given. */
export function givenBoard(told: Settable<BoardState>): BoardSource {
  return {
    get: () => told.get(),
    subscribe: changed => told.subscribe(changed),
    choose: chosen => told.set({ ...told.get(), ...chosen }),
    refresh: () => undefined,
    hear: () => undefined,
    close: () => undefined
  };
}
