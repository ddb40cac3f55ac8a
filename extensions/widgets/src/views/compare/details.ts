import type { Schemas } from '../../api.js';

/** One model by one metric, of all items or of a slice of them, as the server measured it. */
export interface Line {
  model: string;
  metric: string;
  score: number;
  low: number | null;
  high: number | null;
  difference: number | null;
  difference_low: number | null;
  difference_high: number | null;
  p: number | null;
  test: string | null;
  verdict: 'better' | 'worse' | 'no difference' | null;
}

export interface SliceLine extends Line {
  by: string;
  value: string;
  n_items: number;
}

export interface Metric {
  metric: string;
  unit: string;
  better: 'lower' | 'higher';
}

export interface Disagreement {
  model: string;
  item: number;
  first_score: number;
  score: number;
  difference: number;
}

export interface Said {
  prompt: string;
  model: string;
  text: string;
}

/** What a comparison has found. */
export interface Found {
  models: readonly string[];
  metrics: readonly Metric[];
  scores: readonly Line[];
  slices: readonly SliceLine[];
  disagreements: readonly Disagreement[];
  generations: readonly Said[];
  nItems: number;
  confidence: number;
  /** Losses over the tokens of the task's pool only. */
  isOverPool: boolean;
}

/** Read the details of a comparison; null for a run that is none, or is of before there were scores. */
export function readFound(run: Schemas['RunView']): Found | null {
  const told = run.details as Record<string, unknown>;
  const scores = list<Line>(told.scores);
  const metrics = list<Metric>(told.metrics);
  const main = metrics[0];
  if (run.kind !== 'comparison' || main === undefined || scores.length === 0) {
    return null;
  }
  return {
    models: scores.filter(line => line.metric === main.metric).map(line => line.model),
    metrics,
    scores,
    slices: list(told.slices),
    disagreements: list(told.disagreements),
    generations: list(told.generations),
    nItems: Number(told.n_rows),
    confidence: Number(told.confidence),
    isOverPool: told.softmax === 'pool'
  };
}

/** Return the lines by the metric that ranks: the first model, then the others, best first. */
export function ranked(found: Found): Line[] {
  const main = found.metrics[0];
  const [first, ...others] = found.scores.filter(line => line.metric === main?.metric);
  const sign = main?.better === 'lower' ? 1 : -1;
  others.sort((a, b) => sign * (a.score - b.score));
  return first === undefined ? others : [first, ...others];
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
