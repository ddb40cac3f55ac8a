import type { Schemas } from '../../api.js';

export type Size = Schemas['TrainRequest']['size'];
export const SIZES = ['quick', 'standard', 'thorough'] as const satisfies readonly Size[];

/** What a fine-tune's host keeps: what is chosen, and the job once it runs. */
export interface FineTuneState {
  task: string | null;
  size: Size;
  /** Whose rows; null for all. */
  owners: readonly string[] | null;
  /** Of the recipe, as they were typed; an empty one leaves it to the task. */
  parameters: Readonly<Record<string, string>>;
  /** The job that measured what the sizes cost. */
  sizesJob: string | null;
  /** The fine-tune itself. */
  job: string | null;
}

export const NOTHING_CHOSEN: FineTuneState = {
  task: null,
  size: 'standard',
  owners: null,
  parameters: {},
  sizesJob: null,
  job: null
};

/** One parameter of a recipe that a person may set. */
export interface Knob {
  name: string;
  kind: 'whole' | 'number' | readonly string[];
}

const STEPS: readonly Knob[] = [
  { name: 'steps', kind: 'whole' },
  { name: 'batch_rows', kind: 'whole' },
  { name: 'learning_rate', kind: 'number' },
  { name: 'rank', kind: 'whole' },
  { name: 'max_tokens', kind: 'whole' }
];
const KNOBS: Readonly<Record<Schemas['TaskView']['kind'], readonly Knob[]>> = {
  'causal-lm': [
    ...STEPS,
    { name: 'last_blocks', kind: 'whole' },
    { name: 'accumulate', kind: 'whole' },
    { name: 'schedule', kind: ['cosine', 'constant'] },
    { name: 'validation_share', kind: 'number' },
    { name: 'evaluate_every', kind: 'whole' },
    { name: 'keep', kind: ['best', 'last'] }
  ],
  translation: [
    ...STEPS,
    { name: 'last_blocks', kind: 'whole' },
    { name: 'validation_share', kind: 'number' },
    { name: 'evaluate_every', kind: 'whole' },
    { name: 'keep', kind: ['best', 'last'] },
    { name: 'n_translated', kind: 'whole' }
  ],
  'text-classification': [
    { name: 'features', kind: ['ngrams', 'embeddings', 'encoder'] },
    { name: 'head', kind: ['logistic', 'ridge'] },
    { name: 'inverse_regularisation', kind: 'number' },
    { name: 'iterations', kind: 'whole' },
    ...STEPS
  ],
  'tabular-classification': [
    {
      name: 'estimator',
      kind: [
        'logistic-regression',
        'ridge',
        'linear-discriminant-analysis',
        'gaussian-naive-bayes',
        'k-nearest-neighbours',
        'random-forest'
      ]
    },
    { name: 'inverse_regularisation', kind: 'number' },
    { name: 'iterations', kind: 'whole' },
    { name: 'n_neighbours', kind: 'whole' },
    { name: 'n_trees', kind: 'whole' }
  ]
};

/** Return what a person may set of the recipe of a kind of task. */
export function knobsOf(kind: Schemas['TaskView']['kind']): readonly Knob[] {
  return KNOBS[kind];
}

/** Return whether a text is a value of a knob; an empty one is none at all. */
export function fits({ kind }: Knob, text: string): boolean {
  if (text.trim() === '') {
    return true;
  }
  if (typeof kind === 'object') {
    return kind.includes(text);
  }
  return kind === 'whole' ? /^\d{1,9}$/.test(text.trim()) : /^\d*\.?\d+(e-?\d+)?$/i.test(text.trim());
}

/** Return the parameters as the server takes them: only those of the kind that were set. */
export function asked(
  knobs: readonly Knob[],
  typed: Readonly<Record<string, string>>
): Record<string, string | number> {
  const set = knobs.filter(({ name }) => (typed[name] ?? '').trim() !== '');
  return Object.fromEntries(
    set.map(({ name, kind }) => {
      const text = (typed[name] ?? '').trim();
      return [name, typeof kind === 'object' ? text : Number(text)];
    })
  );
}

/** Return what a host was given from outside, as far as it can be a choice. */
export function stateFrom(given: Readonly<Record<string, unknown>>): Partial<FineTuneState> {
  const { owners, parameters, size } = given;
  const kept = (['task', 'sizesJob', 'job'] as const).filter(name => typeof given[name] === 'string');
  return {
    ...Object.fromEntries(kept.map(name => [name, given[name]])),
    ...((SIZES as readonly unknown[]).includes(size) ? { size: size as Size } : {}),
    ...(Array.isArray(owners) ? { owners: owners.filter(one => typeof one === 'string') } : {}),
    ...(typeof parameters === 'object' && parameters !== null
      ? {
          parameters: Object.fromEntries(
            Object.entries(parameters).filter(([, value]) => ['string', 'number'].includes(typeof value))
              .map(([name, value]) => [name, String(value)])
          )
        }
      : {})
  };
}
