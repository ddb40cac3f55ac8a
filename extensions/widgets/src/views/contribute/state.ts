import type { Answer, JobEvent, Schemas } from '../../api.js';
import type { Problem } from '../../problem.js';
import type { UploadState } from '../../uploads.js';
import type { Peek } from './first_rows.js';

export type StepName = 'task' | 'file' | 'terms' | 'checks' | 'receipt';
export type Task = Schemas['TaskView'];
export type Contribution = Schemas['ContributionView'];
export type FirstRows = Schemas['FirstRowsView'];
export type Receipt = Answer<'/contributions/{contribution}/receipt'>;

/** The file on its way; of one on the Jupyter server its path instead of its bytes. */
export interface Sent {
  id: string;
  name: string;
  size: number;
  modified: number;
  path?: string;
}

/** What a host keeps of a contribution that is under way; all else is asked of the server. */
export interface Kept {
  step: StepName;
  task: string | null;
  upload: Sent | null;
  sha256: string | null;
  columns: Readonly<Record<string, string>>;
  license: string;
  purposes: readonly string[];
  mayShare: boolean;
  job: string | null;
  contribution: string | null;
  /** Drafts that were masked, the last one last: undo goes back to it. */
  past: readonly { draft: string; drop: boolean }[];
}

export const NEW: Kept = {
  step: 'task',
  task: null,
  upload: null,
  sha256: null,
  columns: {},
  license: '',
  purposes: ['training', 'evaluation'],
  mayShare: false,
  job: null,
  contribution: null,
  past: []
};

/** The gates in their order, as docs/events.md and the server name them. */
export const GATES = [
  'format',
  'schema',
  'license',
  'size',
  'secrets',
  'personal-data',
  'duplicates-in-file',
  'duplicates-in-task',
  'hidden-test',
  'near-duplicates',
  'verdict'
] as const;

export interface Gate {
  state: 'started' | 'finished';
  seconds: number | null;
}

export interface Transfer {
  arrived: number;
  size: number;
  state: UploadState;
  /** Measured over this page's own sending. */
  secondsLeft: number | null;
  tryNow: (() => void) | null;
}

export interface State {
  kept: Kept;
  /** null: not asked yet. */
  tasks: readonly Task[] | null;
  owner: string | null;
  transfer: Transfer | null;
  /** Bytes that a page before has sent: the same file has to be chosen again to go on. */
  toResume: number | null;
  peek: Peek | null;
  look: FirstRows | null;
  /** Why the server could not look into the file. */
  lookProblem: Problem | null;
  isLooking: boolean;
  gates: Readonly<Record<string, Gate>>;
  progress: { label: string; done: number; total: number; secondsLeft: number | null } | null;
  isChecking: boolean;
  draft: Contribution | null;
  receipt: Receipt | null;
  problem: Problem | null;
}

export const NOTHING: State = {
  kept: NEW,
  tasks: null,
  owner: null,
  transfer: null,
  toResume: null,
  peek: null,
  look: null,
  lookProblem: null,
  isLooking: false,
  gates: {},
  progress: null,
  isChecking: false,
  draft: null,
  receipt: null,
  problem: null
};

/** Return what a host has kept, whatever it is, as far as it can be used. */
export function asKept(given: unknown): Kept {
  const told = (typeof given === 'object' && given !== null ? given : {}) as Partial<Kept>;
  const kept = { ...NEW, ...told };
  // A host may know only the draft, such as a link or a message.
  return kept.contribution !== null && kept.step === 'task' ? { ...kept, step: 'checks' } : kept;
}

/** Return the state after one more event of the checks. */
export function after(state: State, event: JobEvent): State {
  if (event.type === 'gate' && typeof event.gate === 'string') {
    const seconds = typeof event.seconds === 'number' ? event.seconds : null;
    const gate: Gate = { state: event.state === 'finished' ? 'finished' : 'started', seconds };
    return { ...state, gates: { ...state.gates, [event.gate]: gate }, progress: null };
  }
  if (event.type === 'progress' && typeof event.label === 'string' && event.label.endsWith('rows')) {
    const { done, total, seconds_left: left } = event;
    return {
      ...state,
      progress: {
        label: event.label,
        done: Number(done),
        total: Number(total),
        secondsLeft: typeof left === 'number' ? left : null
      }
    };
  }
  return state;
}

/** States of a job that it does not leave. */
export const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled']);

/** Say whether a file may be the one of which a part was sent. */
export function isSame(sent: Sent | null, file: File): boolean {
  return sent?.name === file.name && sent.size === file.size && sent.modified === file.lastModified;
}
