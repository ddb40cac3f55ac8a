import { useCallback, useEffect, useState } from 'preact/hooks';

import { asProblem, type Problem } from '../problem.js';

/** What a request has brought so far. */
export interface Asked<T> {
  value: T | null;
  problem: Problem | null;
  /** Ask again. */
  again: () => void;
}

/** Ask once, and again when one of `about` changes; an answer that comes too late is dropped. */
export function useAsked<T>(
  ask: (signal: AbortSignal) => Promise<T> | null,
  about: readonly unknown[]
): Asked<T> {
  const [turn, setTurn] = useState(0);
  const [got, setGot] = useState<Omit<Asked<T>, 'again'>>({ value: null, problem: null });
  useEffect(() => {
    const ending = new AbortController();
    setGot({ value: null, problem: null });
    ask(ending.signal)?.then(
      value => !ending.signal.aborted && setGot({ value, problem: null }),
      (thrown: unknown) => !ending.signal.aborted && setGot({ value: null, problem: asProblem(thrown) })
    );
    return () => ending.abort();
  }, [...about, turn]);
  const again = useCallback(() => setTurn(n => n + 1), []);
  return { ...got, again };
}
