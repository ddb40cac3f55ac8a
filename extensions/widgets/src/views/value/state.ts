import type { Job, Schemas } from '../../api.js';
import type { Interval } from '../../kit/interval_plot.js';
import type { Line } from '../../kit/line_chart.js';
import { rankRanges, type RankRange } from '../../kit/ranks.js';
import type { Problem } from '../../problem.js';

export type Study = Schemas['StudyView'];
export type Look = Schemas['LookRow'];
export type Task = Schemas['TaskView'];
export type Payouts = Schemas['PayoutsView'];

/** How far a job is. */
export interface Progressing {
  label: string;
  done: number;
  total: number;
  seconds_left?: number | null;
}

/** What is known of a task's newest valuation. */
export interface ValueState {
  task: Task | null;
  study: Study | null;
  looks: readonly Look[];
  /** The newest job that values the task. */
  job: Job | null;
  progress: Progressing | null;
  payouts: Payouts | null;
  /** Why nobody can say what would be paid. */
  payoutsProblem: Problem | null;
  connection: 'opening' | 'live' | 'waiting' | 'static';
  /** Why nothing can be shown at all. */
  problem: Problem | null;
  asOf: string | null;
}

export const NOTHING_YET: ValueState = {
  task: null,
  study: null,
  looks: [],
  job: null,
  progress: null,
  payouts: null,
  payoutsProblem: null,
  connection: 'opening',
  problem: null,
  asOf: null
};

/** What one owner is worth, as far as is known now. */
export interface Standing {
  owner: string;
  /** Of its colour and marker: the place of its name, the same as long as the study goes on. */
  mark: number;
  value: number;
  low: number;
  high: number;
  rank: RankRange;
  nRows: number | null;
}

/** Return whether the study that is shown is being worked on. */
export function isRunning({ job }: ValueState): boolean {
  return job !== null && (job.state === 'queued' || job.state === 'running');
}

/** Return how owners stand, best first: the sealed values, or else those of the last look. */
export function standings({ study, looks }: ValueState): Standing[] {
  const rows: readonly { owner: string; value: number; low: number; high: number; n_rows?: number }[] =
    study !== null && study.values.length > 0 ? study.values : lastLook(looks);
  const ranks = rankRanges(rows);
  const marks = marksOf(rows.map(row => row.owner));
  return rows
    .map((row, at) => ({
      owner: row.owner,
      mark: marks.get(row.owner) ?? 0,
      value: row.value,
      low: row.low,
      high: row.high,
      rank: ranks[at] ?? ([1, rows.length] as const),
      nRows: row.n_rows ?? null
    }))
    .sort((a, b) => b.value - a.value || (a.owner < b.owner ? -1 : 1));
}

/** Return the number of evaluations behind the last look, or 0. */
export function nEvaluated(looks: readonly Look[]): number {
  return looks.reduce((most, look) => Math.max(most, look.n_evaluations), 0);
}

/** Return how the values of some owners moved, with the intervals around them. */
export function movements(looks: readonly Look[], shown: readonly Standing[]): Line[] {
  const byOwner = new Map<string, Look[]>();
  for (const look of looks) {
    const known = byOwner.get(look.owner);
    if (known) {
      known.push(look);
    } else {
      byOwner.set(look.owner, [look]);
    }
  }
  return shown.map(({ owner, mark }) => {
    const own = (byOwner.get(owner) ?? []).sort((a, b) => a.n_evaluations - b.n_evaluations);
    return {
      name: owner,
      mark,
      points: own.map(look => [look.n_evaluations, look.value] as const),
      band: own.map(look => [look.n_evaluations, look.low, look.high] as const)
    };
  });
}

/** Return owners as rows of an interval plot. */
export function intervals(shown: readonly Standing[]): Interval[] {
  return shown.map(({ owner, value, low, high, mark }) => ({ name: owner, value, low, high, mark }));
}

function lastLook(looks: readonly Look[]): readonly Look[] {
  const last = nEvaluated(looks);
  return looks.filter(look => look.n_evaluations === last);
}

function marksOf(owners: readonly string[]): Map<string, number> {
  return new Map([...owners].sort().map((owner, at) => [owner, at]));
}
