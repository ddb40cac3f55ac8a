import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Context } from '../../context.js';
import {
  Button,
  EpochMoney,
  ErrorCard,
  Field,
  Loading,
  Notice,
  ShowCode,
  SignDialog,
  Table,
  count,
  credits,
  decimalsFor,
  fixed,
  gain,
  moment,
  useSource,
  useWords
} from '../../kit/index.js';
import { CopyLink } from '../../kit/copy_link.js';
import type { Words } from '../../words/index.js';
import { CoalitionParts, SizeParts } from './coalitions.js';
import { Rows } from './rows.js';
import type { WhySource } from './source.js';
import { partsOf, sum, type Epoch, type Part, type Why, type WhyState } from './state.js';

type Props = { context: Context<WhyState> };

/** Why an owner was paid what it was paid: from the amount back to coalitions and rows. */
export function WhyCard({ context }: Props): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const again = (): void => (context.source as Partial<WhySource>).refresh?.();
  const { why, epoch } = state;
  if (why === null) {
    return state.problem ? (
      <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: again }} />
    ) : (
      <Loading lines={6} />
    );
  }
  const title = trans.__('Why %1 gets this in %2:%3', why.owner, why.task, why.number);
  return (
    <article class="wb-Card wb-Why" aria-label={title}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{title}</h2>
        <EpochMoney amount={why.amount} state={why.state} until={epoch?.final_at ?? null} />
      </header>
      {state.problem && <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: again }} />}
      {why.why_returned !== '' && (
        <Notice kind="warning">{trans.__('The whole pool returned: %1', why.why_returned)}</Notice>
      )}
      <AmountParts why={why} />
      <Worth why={why} />
      <SizeParts why={why} />
      <CoalitionParts why={why} />
      <Rows context={context} state={state} why={why} />
      <Duplicates why={why} />
      <Dispute context={context} why={why} epoch={epoch} onSigned={again} />
      <footer class="wb-Card-foot">
        {state.asOf !== null && <span>{trans.__('as of %1', moment(state.asOf, trans.language))}</span>}
        <ShowCode
          code={`from workbench import Bench\n\nBench.open().why(${JSON.stringify(`${why.task}:${why.number}`)}, ${JSON.stringify(why.owner)})`}
        />
        <CopyLink context={context} to={{ kind: 'payout', id: `${why.epoch}:${why.owner}` }} />
      </footer>
    </article>
  );
}

function AmountParts({ why }: { why: Why }): JSX.Element {
  const trans = useWords();
  const parts = partsOf(why);
  const total = sum(parts);
  const rows = [
    ...parts.map(part => ({ name: partWords(part, why, trans), amount: part.amount, isSum: false })),
    { name: trans.__('Sum'), amount: total, isSum: true }
  ];
  return (
    <section class="wb-Section">
      <Table
        caption={trans.__('The parts of the amount')}
        rows={rows}
        keyOf={row => row.name}
        columns={[
          { name: trans.__('Part'), cell: row => (row.isSum ? <strong>{row.name}</strong> : row.name) },
          {
            name: trans.__('Credits'),
            cell: row => {
              const text = credits(row.amount.toString());
              return row.isSum ? <strong>{text}</strong> : text;
            },
            isNumber: true
          }
        ]}
      />
      {total !== BigInt(why.amount) && (
        <Notice kind="error">
          {trans.__('The parts sum to %1 credits, not to the amount: pay nobody, and report this.', credits(total.toString()))}
        </Notice>
      )}
      <p class="wb-quiet">
        {why.owner_cap === null
          ? trans.__('The task pays on the %1; what is not paid returns to the sponsor.', why.pay_on)
          : trans.__(
              'The task pays on the %1, at most %2 of the pool to one owner; what is not paid returns to the sponsor.',
              why.pay_on,
              why.owner_cap
            )}
      </p>
    </section>
  );
}

function partWords(part: Part, why: Why, trans: Words): string {
  switch (part.kind) {
    case 'share':
      return trans.__('pool of %1 credits × %2 ÷ %3 units, rounded down', credits(why.pool), why.weight, why.whole);
    case 'remainder':
      return trans.__('one of the largest remainders');
    case 'cap':
      return trans.__('above %1 of the pool', why.owner_cap ?? '');
  }
}

function Worth({ why }: { why: Why }): JSX.Element {
  const trans = useWords();
  const places = decimalsFor([why]);
  const percent = `${Math.round(100 * why.confidence)}\u202f%`;
  const { utility_of_all: everybody, utility_without: others } = why;
  return (
    <section class="wb-Section">
      <dl class="wb-Figures">
        <div>
          <dt>{trans.__('Value, %1', why.metric)}</dt>
          <dd>{gain(why.value, places)}</dd>
        </div>
        <div>
          <dt>{trans.__('%1 interval', percent)}</dt>
          <dd>
            {gain(why.low, places)} … {gain(why.high, places)}
          </dd>
        </div>
        <div>
          <dt>{trans.__('Rows')}</dt>
          <dd>{count(why.n_rows)}</dd>
        </div>
      </dl>
      <p>
        {everybody === null || others === null
          ? trans.__('The model of everybody else’s data was not measured.')
          : trans.__(
              'Without the data of %1 the model scores %2, with all data %3 (%4).',
              why.owner,
              fixed(others, places),
              fixed(everybody, places),
              why.metric
            )}
      </p>
    </section>
  );
}

function Duplicates({ why }: { why: Why }): JSX.Element | null {
  const trans = useWords();
  if (why.duplicates.length === 0) {
    return null;
  }
  return (
    <Table
      caption={trans.__('Duplicates, which counted for nothing')}
      rows={why.duplicates}
      keyOf={row => `${row.contribution} ${row.code}`}
      columns={[
        { name: trans.__('File'), cell: row => <bdi>{row.file_name}</bdi> },
        { name: trans.__('Found'), cell: row => row.code },
        { name: trans.__('Rows'), cell: row => count(row.n_rows), isNumber: true },
        { name: trans.__('Reason'), cell: row => row.message }
      ]}
    />
  );
}

interface DisputeProps extends Props {
  why: Why;
  epoch: Epoch | null;
  onSigned: () => void;
}

function Dispute({ context, why, epoch, onSigned }: DisputeProps): JSX.Element | null {
  const trans = useWords();
  const [reason, setReason] = useState('');
  const [isSigning, setSigning] = useState(false);
  const disputes = epoch?.disputes ?? [];
  const isOpen = why.state === 'provisional' && context.api !== undefined;
  if (!isOpen && disputes.length === 0) {
    return null;
  }
  return (
    <section class="wb-Section" aria-label={trans.__('Disputes')}>
      <h3 class="wb-Section-title">{trans.__('Disputes')}</h3>
      {disputes.map(one => (
        <Notice key={one.id} kind={one.decision ? 'info' : 'warning'}>
          <p>
            <bdi>{one.owner}</bdi>: {one.reason}
            {one.decision && ` — ${decided(one.decision, trans)}: ${one.decided_because ?? ''}`}
          </p>
        </Notice>
      ))}
      {isOpen && (
        <>
          <Field
            label={trans.__('What is wrong with this payout?')}
            help={trans.__('Everybody reads it. Nothing is paid until somebody has decided.')}
            kind="long"
            maxLength={1000}
            value={reason}
            onValue={setReason}
          />
          <div class="wb-Actions">
            <Button
              disabled={reason.trim() === ''}
              hint={reason.trim() === '' ? trans.__('Say first what is wrong') : trans.__('A person signs it')}
              onPress={() => setSigning(true)}
            >
              {trans.__('Dispute…')}
            </Button>
          </div>
        </>
      )}
      {isSigning && context.api && (
        <SignDialog
          api={context.api}
          verb="dispute"
          args={{ epoch: why.epoch, reason: reason.trim() }}
          title={trans.__('Dispute epoch %1', why.number)}
          onCancel={() => setSigning(false)}
          onSigned={() => {
            setSigning(false);
            onSigned();
          }}
        />
      )}
    </section>
  );
}

function decided(decision: 'uphold' | 'dismiss', trans: Words): string {
  return decision === 'uphold' ? trans.__('upheld') : trans.__('dismissed');
}
