import type { Schemas } from '../../api.js';
import type { Change, Standing } from '../../changes.js';
import type { Problem } from '../../problem.js';

export type Inbox = Schemas['InboxView'];
export type Need = Schemas['NeedView'];

/** How far a job is, as the stream tells. */
export interface Bar {
  label: string;
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** What a page knows of the home, for the person who looks. */
export interface PanelState {
  inbox: Inbox | null;
  /** Of running jobs, by their ids. */
  bars: Readonly<Record<string, Bar>>;
  standing: 'opening' | Standing;
  /** Why it cannot be shown, or not anew. */
  problem: Problem | null;
}

export const NOTHING_KNOWN: PanelState = { inbox: null, bars: {}, standing: 'opening', problem: null };

/** Return the bar that a change moves; null for any other change. */
export function barOf(change: Change): Bar | null {
  const progress = change.progress as Partial<Record<string, unknown>> | undefined;
  if (change.kind !== 'job' || change.state !== 'running' || !progress) {
    return null;
  }
  const left = progress.seconds_left;
  return {
    label: typeof progress.label === 'string' ? progress.label : '',
    done: Number(progress.done ?? 0),
    total: Number(progress.total ?? 0),
    secondsLeft: typeof left === 'number' ? left : null
  };
}

/** Return how many jobs run or wait, and how many things wait for the person. */
export function counts({ inbox }: PanelState): { jobs: number; needs: number } {
  return { jobs: inbox?.jobs.length ?? 0, needs: inbox?.needs.length ?? 0 };
}
