/** What is read over the api, and again whenever the home's stream says that it is not as it was. */
import type { Change } from './changes.js';
import { Settable, type Source } from './context.js';
import { asProblem, type Problem } from './problem.js';

/** Hear of the home's changes; the result ends that. */
export type Listen = (heard: (change: Change) => void) => () => void;

/** A source that can be read again, until it is closed. */
export interface Followed<T> extends Source<T> {
  refresh: () => Promise<void>;
  close: () => void;
}

/** How a thing is read. */
export interface Followable<T> {
  /** What is shown before the first answer. */
  first: T;
  /** Ask for it; what of it is answered is shown. */
  read: (signal: AbortSignal) => Promise<Partial<T>>;
  /** Whether a change is one of it; `soon` where there can be many at once. */
  concerns: (change: Change, shown: T) => boolean | 'soon';
  /** Missing where there is no stream. */
  listen?: Listen;
}

const GATHER_MS = 1000;

/** Read a thing, and follow it; what fails is shown beside what was read before. */
export function followThing<T extends { problem: Problem | null }>(thing: Followable<T>): Followed<T> {
  const { first, read, concerns, listen } = thing;
  const kept = new Settable<T>(first);
  const ending = new AbortController();
  const { signal } = ending;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;
  const refresh = async (): Promise<void> => {
    asked += 1;
    const mine = asked;
    let part: Partial<T>;
    try {
      part = { problem: null, ...(await read(signal)) };
    } catch (thrown) {
      part = { problem: asProblem(thrown) } as Partial<T>;
    }
    // A slow answer does not replace that to a later question.
    if (mine === asked && !signal.aborted) {
      kept.set({ ...kept.get(), ...part });
    }
  };
  const deaf = listen?.(change => {
    const isMissed = change.kind === 'stream' && change.state === 'reload';
    const concerned = isMissed || concerns(change, kept.get());
    if (concerned === 'soon') {
      timer ??= setTimeout(() => {
        timer = undefined;
        void refresh();
      }, GATHER_MS);
    } else if (concerned) {
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
      clearTimeout(timer);
      deaf?.();
    }
  };
}
