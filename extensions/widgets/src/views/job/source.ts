import type { Api, Job, JobEvent } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import { insistently } from '../../resuming.js';
import { after, hasEnded, NOTHING_YET, type JobState } from './state.js';

/** A job as the server tells of it, followed until it ends or `close` is called. */
export interface JobSource extends Source<JobState> {
  /** Take over what a request has answered, or look again at a job that could not be shown. */
  refresh: (job?: Job) => void;
  close: () => void;
}

/** Follow a job over the api: its whole story first, then what happens. */
export function jobSource(api: Api, id: string): JobSource {
  const kept = new Settable<JobState>(NOTHING_YET);
  let ending = new AbortController();
  const change = (part: Partial<JobState>): void => {
    kept.set({ ...kept.get(), ...part });
  };
  const get = (signal: AbortSignal): Promise<Job> =>
    api.get('/jobs/{job}', { path: { job: id }, signal });
  const follow = async (signal: AbortSignal): Promise<void> => {
    try {
      let job = await get(signal);
      change({ job });
      const story = gathered(signal, events => {
        kept.set(events.reduce(after, kept.get()));
        // The first sign of life of a queued job: its state has changed.
        if (kept.get().job?.state === 'queued') {
          void get(signal).then(now => { change({ job: now }); }, () => undefined);
        }
      });
      do {
        await api.watch(job.id, {
          signal,
          onEvent: story.add,
          onConnection: connection => { change({ connection }); }
        });
        story.flush();
        job = await insistently(() => get(signal), signal, () => { change({ connection: 'waiting' }); });
        change({ job });
        // An end in the middle belongs to an attempt before; the state says which it is.
      } while (!hasEnded(job) && !signal.aborted);
      change({ connection: 'static' });
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
    refresh: job => {
      if (job) {
        change({ job });
        return;
      }
      ending.abort();
      ending = new AbortController();
      // What was shown stays until it is told anew.
      change({ problem: null, connection: 'opening', notes: [] });
      void follow(ending.signal);
    },
    close: () => {
      ending.abort();
    }
  };
}

interface Gathered {
  add: (event: JobEvent) => void;
  flush: () => void;
}

const SOON_MS = 50;
// A card that redraws at each step takes a training's processor; once a second is live enough.
const BETWEEN_MS = 1000;

/** A story of thousands of events is replayed in one redraw, not in thousands. */
function gathered(signal: AbortSignal, apply: (events: readonly JobEvent[]) => void): Gathered {
  let waiting: JobEvent[] = [];
  let drawnAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    drawnAt = performance.now();
    const events = waiting;
    waiting = [];
    if (events.length > 0 && !signal.aborted) {
      apply(events);
    }
  };
  return {
    flush,
    add: event => {
      waiting.push(event);
      timer ??= setTimeout(flush, Math.max(SOON_MS, drawnAt + BETWEEN_MS - performance.now()));
    }
  };
}
