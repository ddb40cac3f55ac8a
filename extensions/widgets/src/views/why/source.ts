import type { Api } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import { NOTHING_YET, type WhyState } from './state.js';

/** The reasons of an amount as the server tells of them. */
export interface WhySource extends Source<WhyState> {
  /** Look again. */
  refresh: () => void;
  /** Ask for the rows that helped and hurt; that takes the server seconds. */
  findRows: () => void;
  close: () => void;
}

/** Ask why an owner was paid what it was paid. */
export function whySource(api: Api, epoch: string, owner: string): WhySource {
  const kept = new Settable<WhyState>(NOTHING_YET);
  const ending = new AbortController();
  const { signal } = ending;
  const change = (part: Partial<WhyState>): void => {
    kept.set({ ...kept.get(), ...part });
  };
  const ask = async (): Promise<void> => {
    try {
      const [known, why] = await Promise.all([
        api.get('/epochs/{epoch}', { path: { epoch }, signal }),
        api.get('/epochs/{epoch}/why', { path: { epoch }, query: { owner }, signal })
      ]);
      change({ epoch: known, why, problem: null, rows: 'unasked', rowsProblem: null });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ problem: asProblem(thrown) });
      }
    }
  };
  const findRows = async (): Promise<void> => {
    change({ rows: 'looking', rowsProblem: null });
    try {
      const why = await api.get('/epochs/{epoch}/why', { path: { epoch }, query: { owner, rows: true }, signal });
      change({ why, rows: 'known' });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ rows: 'unasked', rowsProblem: asProblem(thrown) });
      }
    }
  };
  void ask();
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    refresh: () => void ask(),
    findRows: () => void findRows(),
    close: () => ending.abort()
  };
}
