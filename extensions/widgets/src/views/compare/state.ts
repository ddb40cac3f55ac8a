import type { Schemas } from '../../api.js';

export type Run = Schemas['RunView'];

/** What a comparison's host keeps: what is chosen, and how far it is. */
export interface CompareState {
  task: string | null;
  /** Digests, `"base"` or `"champion"`; the first is what others are held against. */
  models: readonly string[];
  /** The job that compares them, once there is one. */
  job: string | null;
  /** The run that holds the comparison, once there is one. */
  run: string | null;
  /** A comparison that the host has already, for a page that cannot ask. */
  told: Told | null;
}

/** All that the report shows. */
export interface Told {
  view: Run;
  champion: string | null;
  /** The task's runs that made these models. */
  runs: readonly Run[];
  /** Whether its models write text. */
  writes: boolean;
  /** Whether somebody has proposed a model: until then the best model is the champion by itself. */
  hasProposals?: boolean;
}

export const NOTHING_CHOSEN: CompareState = { task: null, models: [], job: null, run: null, told: null };

export const MOST_MODELS = 8;
export const BASE = 'base';

/** Return what a host was given from outside, as far as it can be a choice of models. */
export function stateFrom(given: Readonly<Record<string, unknown>>): Partial<CompareState> {
  const { models } = given;
  const kept = (['task', 'job', 'run'] as const).filter(name => typeof given[name] === 'string');
  return {
    ...Object.fromEntries(kept.map(name => [name, given[name]])),
    ...(Array.isArray(models) ? { models: models.filter(model => typeof model === 'string') } : {})
  };
}
