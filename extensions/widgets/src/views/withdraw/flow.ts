import type { Answer, Api } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem, type Problem } from '../../problem.js';
import type { Contribution } from '../contribute/state.js';

export type Withdrawal = Answer<'/contributions/{contribution}/withdrawal'>;

export interface WithdrawState {
  known: Contribution | null;
  /** null once it is withdrawn: nothing follows any more. */
  follows: Withdrawal | null;
  record: string | null;
  problem: Problem | null;
}

const NOTHING: WithdrawState = { known: null, follows: null, record: null, problem: null };

/** A contribution, and what withdrawing it would do. */
export class WithdrawFlow implements Source<WithdrawState> {
  private readonly kept = new Settable<WithdrawState>(NOTHING);
  private readonly ending = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly contribution: string
  ) {
    void this.open();
  }

  get = (): WithdrawState => this.kept.get();
  subscribe = (changed: () => void): (() => void) => this.kept.subscribe(changed);

  again = (): void => {
    this.kept.set(NOTHING);
    void this.open();
  };

  close(): void {
    this.ending.abort();
  }

  signed = (done: Withdrawal): void => {
    const { known } = this.get();
    this.kept.set({
      known: known && { ...known, state: done.state },
      follows: done,
      record: done.record,
      problem: null
    });
  };

  private async open(): Promise<void> {
    const { signal } = this.ending;
    const given = { path: { contribution: this.contribution }, signal };
    try {
      const known = await this.api.get('/contributions/{contribution}', given);
      this.kept.set({ ...NOTHING, known });
      if (known.state !== 'withdrawn') {
        const follows = await this.api.get('/contributions/{contribution}/withdrawal', given);
        this.kept.set({ ...NOTHING, known, follows });
      }
    } catch (thrown) {
      if (!signal.aborted) {
        this.kept.set({ ...NOTHING, problem: asProblem(thrown) });
      }
    }
  }
}
