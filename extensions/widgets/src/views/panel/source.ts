import type { Api } from '../../api.js';
import type { Change } from '../../changes.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import { barOf, NOTHING_KNOWN, type PanelState } from './state.js';

/** Where it is kept until when a person has seen what happened. */
export interface Visits {
  last: () => Promise<string | undefined>;
  keep: (asOf: string) => Promise<void>;
}

/** The home as one stream tells of it; every part of a page looks at the same. */
export interface HomeSource extends Source<PanelState> {
  /** Call with each change; the result ends that. */
  listen: (heard: (change: Change) => void) => () => void;
  /** Begin to follow, or begin again after an end or a problem. */
  start: () => void;
  /** What happened until now is no news any more. */
  markSeen: () => Promise<void>;
  /** Hold no connection while nobody looks; `resume` goes on where it was. */
  pause: () => void;
  resume: () => void;
}

/** What comes together is asked for once, and what goes on coming once a second. */
const TOGETHER_MS = 50;
const BETWEEN_MS = 1000;

/** Follow the home over the api: one answer whole, then one stream, nothing asked in turns. */
export function homeSource(api: Api, visits: Visits): HomeSource {
  const kept = new Settable<PanelState>(NOTHING_KNOWN);
  const heard = new Set<(change: Change) => void>();
  let ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: string | undefined;
  let asked = 0;
  let askedAt = -BETWEEN_MS;
  let last = '';

  const change = (part: Partial<PanelState>): void => {
    kept.set({ ...kept.get(), ...part });
  };
  const read = async (): Promise<void> => {
    timer = undefined;
    askedAt = performance.now();
    const { signal } = ending;
    asked += 1;
    const mine = asked;
    try {
      since ??= await visits.last();
      const inbox = await api.get('/inbox', { query: { since: since ?? null }, signal });
      if (signal.aborted || mine !== asked) {
        return;
      }
      if (since === undefined) {
        since = inbox.as_of;
        await visits.keep(inbox.as_of);
      }
      const known = new Set(inbox.jobs.map(job => job.id));
      const bars = Object.entries(kept.get().bars).filter(([id]) => known.has(id));
      change({ inbox, bars: Object.fromEntries(bars), problem: null });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ problem: asProblem(thrown) });
      }
    }
  };
  const take = (told: Change): void => {
    const bar = barOf(told);
    if (bar && told.id !== undefined) {
      change({ bars: { ...kept.get().bars, [told.id]: bar } });
    }
    heard.forEach(hear => {
      hear(told);
    });
    const isKnown = kept.get().inbox?.jobs.some(job => job.id === told.id && job.state === 'running');
    const changesNothing = bar ? isKnown === true : told.kind === 'stream' && told.state === 'resumed';
    if (!changesNothing) {
      const wait = Math.max(TOGETHER_MS, askedAt + BETWEEN_MS - performance.now());
      timer ??= setTimeout(() => void read(), told.kind === 'stream' ? 0 : wait);
    }
  };
  const follow = async (signal: AbortSignal): Promise<void> => {
    try {
      await api.follow({
        signal,
        ...(last === '' ? {} : { after: last }),
        onChange: (told, id) => {
          last = id;
          take(told);
        },
        onStanding: standing => {
          change({ standing });
        }
      });
    } catch (thrown) {
      if (!signal.aborted) {
        change({ problem: asProblem(thrown), standing: 'stopped' });
      }
    }
  };
  const end = (): void => {
    ending.abort();
    clearTimeout(timer);
    timer = undefined;
  };
  const begin = (): void => {
    end();
    ending = new AbortController();
    change({ problem: null, standing: 'opening' });
    void follow(ending.signal);
  };
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    listen: hear => {
      heard.add(hear);
      return () => {
        heard.delete(hear);
      };
    },
    start: () => {
      last = '';
      begin();
    },
    markSeen: async () => {
      const { inbox } = kept.get();
      if (inbox) {
        since = inbox.as_of;
        change({ inbox: { ...inbox, news: [] } });
        await visits.keep(inbox.as_of);
      }
    },
    pause: end,
    resume: () => {
      if (ending.signal.aborted) {
        begin();
      }
    }
  };
}
