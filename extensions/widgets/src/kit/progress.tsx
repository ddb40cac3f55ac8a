import type { JSX } from 'preact';

import { useWords } from './words.js';
import type { Words } from '../words/index.js';

interface ProgressProps {
  label: string;
  done: number;
  /** 0: nobody knows. */
  total: number;
  secondsLeft?: number | null;
}

/** A bar with its share in words and the time left. */
export function Progress({ label, done, total, secondsLeft }: ProgressProps): JSX.Element {
  const trans = useWords();
  const percent = total > 0 ? Math.floor((100 * Math.min(done, total)) / total) : null;
  const parts = [
    percent === null ? null : `${percent}\u202f%`,
    secondsLeft === null || secondsLeft === undefined ? null : timeLeft(secondsLeft, trans)
  ].filter(part => part !== null);
  return (
    <div class="wb-Progress">
      <progress
        class="wb-Progress-bar"
        aria-label={label}
        max={1}
        {...(total > 0 ? { value: Math.min(done / total, 1) } : {})}
      />
      <div class="wb-Progress-text">
        <span>{label}</span>
        <span class="wb-number">{parts.join(' · ')}</span>
      </div>
    </div>
  );
}

/** Return how long something takes still, no more precisely than anybody can know. */
export function timeLeft(seconds: number, trans: Words): string {
  if (seconds < 90) {
    return trans._n('about %1 s left', 'about %1 s left', Math.max(1, Math.round(seconds)));
  }
  if (seconds < 5400) {
    return trans._n('about %1 min left', 'about %1 min left', Math.round(seconds / 60));
  }
  return trans._n('about %1 h left', 'about %1 h left', Math.round(seconds / 3600));
}
