import type { Api } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem, Problem } from '../../problem.js';
import type { Contribution } from '../contribute/state.js';

/** A row that did not pass, for one reason. */
export interface RejectedRow {
  row: number;
  message: string;
  outcome: string;
  values: Readonly<Record<string, string>>;
}

export interface ReviewState {
  known: Contribution | null;
  /** The first ones; null: there are none by name. */
  rejected: readonly RejectedRow[] | null;
  nRejected: number;
  isDecided: boolean;
  problem: Problem | null;
}

const NOTHING: ReviewState = { known: null, rejected: null, nRejected: 0, isDecided: false, problem: null };
const MOST_ROWS = 100;

/** A quarantined contribution, for whoever decides on it. */
export class ReviewFlow implements Source<ReviewState> {
  private readonly kept = new Settable<ReviewState>(NOTHING);
  private readonly ending = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly contribution: string
  ) {
    void this.open();
  }

  get = (): ReviewState => this.kept.get();
  subscribe = (changed: () => void): (() => void) => this.kept.subscribe(changed);

  again = (): void => {
    this.kept.set(NOTHING);
    void this.open();
  };

  close(): void {
    this.ending.abort();
  }

  signed = (known: Contribution): void => {
    this.kept.set({ ...this.get(), known, isDecided: true });
  };

  private async open(): Promise<void> {
    const { signal } = this.ending;
    const given = { path: { contribution: this.contribution }, signal };
    try {
      const known = await this.api.get('/contributions/{contribution}', given);
      this.kept.set({ ...NOTHING, known });
      if (!known.findings.some(found => found.outcome !== 'note' && found.rows.length > 0)) {
        // Which rows are of the hidden test is not said: no row was rejected by name.
        return;
      }
      const text = await this.api.text('/contributions/{contribution}/rejected', given).catch(withoutRows);
      const lines = text.split('\n').filter(line => line !== '');
      const rejected = lines.slice(0, MOST_ROWS).map(line => JSON.parse(line) as RejectedRow);
      this.kept.set({ ...this.get(), rejected: rejected.length > 0 ? rejected : null, nRejected: lines.length });
    } catch (thrown) {
      if (!signal.aborted) {
        this.kept.set({ ...this.get(), problem: asProblem(thrown) });
      }
    }
  }
}

/** No row was rejected by name: that is an answer, not a fault. */
function withoutRows(thrown: unknown): string {
  if (thrown instanceof Problem && thrown.status === 404) {
    return '';
  }
  throw thrown;
}
