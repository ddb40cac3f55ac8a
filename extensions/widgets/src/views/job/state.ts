import type { Job, JobEvent } from '../../api.js';
import type { Problem } from '../../problem.js';

/** What a job's events have told so far. */
export interface JobState {
  job: Job | null;
  progress: { label: string; done: number; total: number; secondsLeft: number | null } | null;
  losses: readonly (readonly [step: number, loss: number])[];
  evaluations: Readonly<Record<string, readonly (readonly [step: number, loss: number])[]>>;
  tokensPerSecond: number | null;
  notes: readonly string[];
  /** `static`: nobody watches any more, or nobody can from here. */
  connection: 'opening' | 'live' | 'waiting' | 'static';
  /** Why the job cannot be shown at all. */
  problem: Problem | null;
  /** When this was last known to be so, if not now. */
  asOf: string | null;
}

export const NOTHING_YET: JobState = {
  job: null,
  progress: null,
  losses: [],
  evaluations: {},
  tokensPerSecond: null,
  notes: [],
  connection: 'opening',
  problem: null,
  asOf: null
};

const MOST_NOTES = 20;
const ENDED = new Set(['done', 'failed', 'cancelled']);

/** Return whether a job has ended. */
export function hasEnded(job: Job | null): boolean {
  return job !== null && ENDED.has(job.state);
}

/** Return the state after one more event; types that are not known change nothing. */
export function after(state: JobState, event: JobEvent): JobState {
  switch (event.type) {
    case 'progress':
      return {
        ...state,
        progress: {
          label: text(event.label),
          done: number(event.done) ?? 0,
          total: number(event.total) ?? 0,
          secondsLeft: number(event.seconds_left)
        }
      };
    case 'metric': {
      const losses = put(state.losses, event);
      return { ...state, losses, tokensPerSecond: number(event.tokens_per_second) };
    }
    case 'evaluation': {
      const on = text(event.on);
      const points = put(state.evaluations[on] ?? [], event);
      return { ...state, evaluations: { ...state.evaluations, [on]: points } };
    }
    case 'note': {
      const notes = [...state.notes, text(event.message)].slice(-MOST_NOTES);
      return { ...state, notes };
    }
    default:
      return state;
  }
}

type Points = readonly (readonly [number, number])[];

/** Add a point; a training that was resumed tells steps again, and the later one stands. */
function put(points: Points, event: JobEvent): Points {
  const step = number(event.step);
  const loss = number(event.loss);
  if (step === null || loss === null) {
    return points;
  }
  let end = points.length;
  while (end > 0 && (points[end - 1]?.[0] ?? 0) >= step) {
    end -= 1;
  }
  return [...points.slice(0, end), [step, loss]];
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
