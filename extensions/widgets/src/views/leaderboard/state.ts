import type { Schemas } from '../../api.js';
import { rankRanges, type RankRange } from '../../kit/ranks.js';
import type { Problem } from '../../problem.js';

export type Task = Schemas['TaskView'];
export type Epoch = Schemas['EpochView'];
export type Run = Schemas['RunView'];

/** What a leaderboard is made of. */
export interface BoardState {
  /** Those to choose from; `null` as long as nobody knows. */
  tasks: readonly Task[] | null;
  /** The chosen one's id. */
  task: string | null;
  /** The chosen task's; `null` as long as nobody knows. */
  epochs: readonly Epoch[] | null;
  comparisons: readonly Run[];
  /** Number of the epoch that is shown; the newest unless chosen. */
  epoch: number | null;
  /** Metric that models are ranked by; the comparison's first unless chosen. */
  metric: string | null;
  problem: Problem | null;
  asOf: string | null;
}

export const NOTHING_YET: BoardState = {
  tasks: null,
  task: null,
  epochs: null,
  comparisons: [],
  epoch: null,
  metric: null,
  problem: null,
  asOf: null
};

/** One owner's line. */
export interface OwnerLine {
  owner: string;
  rank: RankRange;
  nRows: number;
  value: number;
  low: number;
  high: number;
  amount: string;
}

/** One model's line. */
export interface ModelLine {
  model: string;
  isChampion: boolean;
  rank: RankRange;
  score: number;
  low: number;
  high: number;
  difference: number | null;
  differenceLow: number | null;
  differenceHigh: number | null;
  p: number | null;
  verdict: string;
}

export interface Metric {
  metric: string;
  unit: string;
  better: 'lower' | 'higher';
}

/** 95 % of a normal distribution lies within this many standard errors of its mean. */
const Z95 = 1.959963984540054;

/** Return the epoch that is shown. */
export function shownEpoch({ epochs, epoch }: BoardState): Epoch | null {
  return (epoch === null ? epochs?.at(-1) : epochs?.find(one => one.number === epoch)) ?? null;
}

/** Return an epoch's owners, best first. */
export function ownerLines(epoch: Epoch): OwnerLine[] {
  const ends = epoch.payouts.map(({ value, standard_error }) => ({
    low: value - Z95 * standard_error,
    high: value + Z95 * standard_error
  }));
  const ranks = rankRanges(ends);
  return epoch.payouts
    .map((row, at) => ({
      owner: row.owner,
      rank: ranks[at] ?? ([row.rank, row.rank] as const),
      nRows: row.n_rows,
      value: row.value,
      low: ends[at]?.low ?? row.value,
      high: ends[at]?.high ?? row.value,
      amount: row.amount
    }))
    .sort((a, b) => b.value - a.value || (a.owner < b.owner ? -1 : 1));
}

/** Return the metrics of a comparison, the one that ranks first. */
export function metricsOf(comparison: Run): Metric[] {
  return records(comparison.details.metrics).map(one => ({
    metric: text(one.metric),
    unit: text(one.unit),
    better: one.better === 'lower' ? 'lower' : 'higher'
  }));
}

/** Return a comparison's models by one metric, best first. */
export function modelLines(comparison: Run, by: Metric, champion: string | null): ModelLine[] {
  const scores = records(comparison.details.scores).filter(one => one.metric === by.metric);
  const sign = by.better === 'lower' ? -1 : 1;
  const turned = scores.map(one => {
    const ends = [sign * number(one.low), sign * number(one.high)];
    return { low: Math.min(...ends), high: Math.max(...ends) };
  });
  const ranks = rankRanges(turned);
  return scores
    .map((one, at) => ({
      model: text(one.model),
      isChampion: one.model === champion,
      rank: ranks[at] ?? ([1, scores.length] as const),
      score: number(one.score),
      low: number(one.low),
      high: number(one.high),
      difference: maybe(one.difference),
      differenceLow: maybe(one.difference_low),
      differenceHigh: maybe(one.difference_high),
      p: maybe(one.p),
      verdict: text(one.verdict)
    }))
    .sort((a, b) => sign * (b.score - a.score) || (a.model < b.model ? -1 : 1));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}

function maybe(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
