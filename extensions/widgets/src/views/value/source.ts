import type { Api, Job } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import { isRunning, NOTHING_YET, type Progressing, type ValueState } from './state.js';

/** A task's newest valuation as the server tells of it, followed while it goes on. */
export interface ValueSource extends Source<ValueState> {
  /** Look again at everything. */
  refresh: () => void;
  close: () => void;
}

/** Follow a task's newest valuation over the api. */
export function valueSource(api: Api, task: string): ValueSource {
  const kept = new Settable<ValueState>(NOTHING_YET);
  let ending = new AbortController();
  const change = (part: Partial<ValueState>): void => {
    kept.set({ ...kept.get(), ...part });
  };

  const look = async (signal: AbortSignal): Promise<void> => {
    const studies = await api.get('/tasks/{task}/valuations', { path: { task }, signal });
    // One that was stopped would hide what can be paid by.
    const sealed = studies.filter(one => one.state === 'sealed');
    const study = (isRunning(kept.get()) ? undefined : sealed.at(-1)) ?? studies.at(-1) ?? null;
    const looks = study
      ? await api.get('/valuations/{study}/looks', { path: { study: study.id }, signal })
      : [];
    change({ study, looks });
  };

  const estimate = async (signal: AbortSignal): Promise<void> => {
    const { study } = kept.get();
    const now = await api.get('/tasks/{task}', { path: { task }, signal });
    change({ task: now, payouts: null, payoutsProblem: null });
    // Of an empty pool the server can only say that there is nothing to pay.
    if (study?.state !== 'sealed' || now.pool === '0') {
      return;
    }
    try {
      const payouts = await api.get('/valuations/{study}/payouts', { path: { study: study.id }, signal });
      change({ payouts, payoutsProblem: null });
    } catch (thrown) {
      // That nothing can be paid is no reason not to show the values.
      if (!signal.aborted) {
        change({ payouts: null, payoutsProblem: asProblem(thrown) });
      }
    }
  };

  const newestJob = async (signal: AbortSignal): Promise<Job | null> =>
    (await api.get('/jobs', { query: { task }, signal })).filter(job => job.verb === 'value').at(-1) ?? null;

  const watch = async (job: Job, signal: AbortSignal): Promise<void> => {
    // Of looks that come while one is being asked about, one more question answers all.
    let asking: Promise<void> | null = null;
    let isStale = false;
    const lookSoon = (): void => {
      if (asking !== null) {
        isStale = true;
        return;
      }
      asking = look(signal)
        .catch(() => undefined)
        .finally(() => {
          asking = null;
          if (isStale && !signal.aborted) {
            isStale = false;
            lookSoon();
          }
        });
    };
    await api.watch(job.id, {
      signal,
      onEvent: event => {
        if (event.type === 'progress') {
          change({ progress: event as unknown as Progressing });
        } else if (event.type === 'look') {
          lookSoon();
        }
        const known = kept.get().job;
        if (event.type !== 'end' && known?.state === 'queued') {
          change({ job: { ...known, state: 'running' } });
        }
      },
      onConnection: connection => change({ connection })
    });
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    try {
      const known = await api.get('/tasks/{task}', { path: { task }, signal });
      change({ task: known, job: await newestJob(signal), problem: null });
      await look(signal);
      while (isRunning(kept.get()) && !signal.aborted) {
        const running = kept.get().job;
        if (running) {
          await watch(running, signal);
          change({ job: await api.get('/jobs/{job}', { path: { job: running.id }, signal }) });
        }
      }
      await look(signal);
      await estimate(signal);
      change({ progress: null, connection: 'static' });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ problem: asProblem(thrown), connection: 'static' });
      }
    }
  };
  void follow(ending.signal);
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    refresh: () => {
      ending.abort();
      ending = new AbortController();
      void follow(ending.signal);
    },
    close: () => ending.abort()
  };
}

