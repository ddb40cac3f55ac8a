import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Schemas } from '../../api.js';
import type { Context } from '../../context.js';
import {
  Button,
  ErrorCard,
  Money,
  Notice,
  PagedTable,
  SignDialog,
  credits,
  useWords
} from '../../kit/index.js';
import type { ValueState } from './state.js';

interface WouldPayProps {
  context: Context<ValueState>;
  state: ValueState;
  onPaid: () => void;
}

/** What a sealed study would pay, and the button that leads to the signature. */
export function WouldPay({ context, state, onPaid }: WouldPayProps): JSX.Element | null {
  const trans = useWords();
  const [isPaying, setPaying] = useState(false);
  const [paid, setPaid] = useState<string | null>(null);
  const { payouts, study } = state;
  const isEmpty = state.task?.pool === '0';
  if (!study || (payouts === null && state.payoutsProblem === null && !isEmpty)) {
    return null;
  }
  return (
    <section class="wb-Section" aria-label={trans.__('What it would pay')}>
      <h3 class="wb-Section-title">{trans.__('What it would pay')}</h3>
      {paid !== null && (
        <Notice kind="success">
          {trans.__('Epoch %1 is recorded.', paid)}
        </Notice>
      )}
      {payouts === null && isEmpty && (
        <Notice kind="info">{trans.__('The task’s pool is empty: fund it before the next payout.')}</Notice>
      )}
      {payouts === null && state.payoutsProblem && <ErrorCard problem={state.payoutsProblem} />}
      {payouts && (
        <>
          {payouts.why_returned !== '' && (
            <Notice kind="warning">{trans.__('Nothing would be paid: %1', payouts.why_returned)}</Notice>
          )}
          {payouts.epochs.length > 0 && (
            <Notice kind="info">
              {trans.__('It was paid before, in epoch %1.', payouts.epochs.join(', '))}
            </Notice>
          )}
          <PagedTable
            caption={trans.__('Estimated payouts')}
            searchLabel={trans.__('Find an owner')}
            nameOf={row => row.owner}
            keyOf={row => row.owner}
            rows={[...payouts.rows].sort((a, b) => compared(b.amount, a.amount))}
            columns={[
              { name: trans.__('Owner'), cell: row => <bdi>{row.owner}</bdi> },
              {
                name: trans.__('Payout'),
                cell: row => <Money of={{ state: 'estimated', low: row.amount_low, high: row.amount_high }} />,
                isNumber: true
              },
              { name: trans.__('at these values, credits'), cell: row => credits(row.amount), isNumber: true }
            ]}
          />
          <p>
            {trans.__(
              'Pool %1 credits: %2 would be paid, %3 would return to the sponsor.',
              credits(payouts.pool),
              credits(payouts.paid),
              credits(payouts.returned)
            )}
          </p>
          <p class="wb-quiet">
            {trans.__('An amount ranges from its value’s low end to its high end, the others’ values as they are.')}
          </p>
        </>
      )}
      {context.api && payouts && (
        <div class="wb-Actions">
          <Button
            kind="accent"
            disabled={payouts.epochs.length > 0}
            hint={trans.__('A person signs; until then nothing is paid')}
            onPress={() => setPaying(true)}
          >
            {trans.__('Pay…')}
          </Button>
        </div>
      )}
      {isPaying && context.api && (
        <SignDialog
          api={context.api}
          verb="pay"
          args={{ study: study.id }}
          title={trans.__('Pay the pool by this study')}
          onCancel={() => setPaying(false)}
          onSigned={answer => {
            setPaying(false);
            setPaid(epochOf(answer));
            onPaid();
          }}
        />
      )}
    </section>
  );
}

function epochOf(answer: Record<string, unknown>): string {
  const { task, number } = answer.result as Pick<Schemas['EpochView'], 'task' | 'number'>;
  return `${task}:${number}`;
}

function compared(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
