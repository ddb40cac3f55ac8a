import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Api } from '../../api.js';
import type { Context } from '../../context.js';
import {
  Button,
  Chip,
  ErrorCard,
  Field,
  Loading,
  Notice,
  ShowCode,
  SignDialog,
  Table,
  grouped,
  moment,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import type { Contribution } from '../contribute/state.js';
import { Findings } from '../findings.js';
import { ReviewFlow, type RejectedRow, type ReviewState } from './flow.js';

type Decision = 'accept' | 'refuse';
const MOST_REASON = 2_000;

/** What the gates have quarantined: findings, rows, and a decision with its reason. */
export function ReviewView({ context }: { context: Context<ReviewState> }): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const flow = context.source instanceof ReviewFlow ? context.source : null;
  const { known } = state;
  if (flow === null) {
    return <Notice kind="info">{trans.__('A review is signed in JupyterLab or Notebook 7.')}</Notice>;
  }
  if (state.problem) {
    return <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: flow.again }} />;
  }
  if (known === null) {
    return <Loading />;
  }
  return (
    <article class="wb-Card" aria-label={trans.__('Review %1', known.file_name)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{trans.__('Review %1', known.file_name)}</h2>
        <Chip>{known.state}</Chip>
        <p class="wb-Card-about">
          <code>{short(known.id)}</code> · {known.task} · {known.owner} · {known.license} ·{' '}
          {moment(known.updated_at, trans.language)}
        </p>
      </header>
      <p>
        {trans.__(
          '%1 of %2 rows passed the checks.',
          grouped(known.n_rows.toString()),
          grouped(known.n_rows_submitted.toString())
        )}
      </p>
      <Findings findings={known.findings} />
      {state.rejected && <Rows rows={state.rejected} n={state.nRejected} />}
      {state.isDecided && (
        <Notice kind="success">{trans.__('Your decision is signed. The contributor reads your reason.')}</Notice>
      )}
      {known.state === 'quarantined' && context.api ? (
        <Decide api={context.api} flow={flow} known={known} />
      ) : (
        !state.isDecided && <Notice kind="info">{trans.__('Nothing is to be decided: it is %1.', known.state)}</Notice>
      )}
      <footer class="wb-Card-foot">
        <ShowCode
          code={[
            'from workbench import Bench',
            '',
            `one = Bench.open().contribution(${JSON.stringify(known.id)})`,
            'one.findings, one.rejected',
            'one.review("accept", reason="…", sign=True)'
          ].join('\n')}
        />
      </footer>
    </article>
  );
}

function Rows({ rows, n }: { rows: readonly RejectedRow[]; n: number }): JSX.Element {
  const trans = useWords();
  const names = [...new Set(rows.flatMap(row => Object.keys(row.values)))].slice(0, 8);
  return (
    <>
      <Table
        caption={trans.__('Rows that did not pass')}
        columns={[
          { name: trans.__('Row'), cell: ({ row }) => grouped(row.row.toString()) },
          { name: trans.__('Reason'), cell: ({ row }) => row.message },
          ...names.map(name => ({
            name,
            cell: ({ row }: { row: RejectedRow; at: number }) => (row.values[name] ?? '').slice(0, 300)
          }))
        ]}
        rows={rows.map((row, at) => ({ row, at }))}
        keyOf={({ at }) => `${at}`}
      />
      {n > rows.length && <p>{trans.__('The first %1 of %2 are shown.', rows.length, grouped(n.toString()))}</p>}
    </>
  );
}

function Decide(props: { api: Api; flow: ReviewFlow; known: Contribution }): JSX.Element {
  const trans = useWords();
  const { api, flow } = props;
  const [reason, setReason] = useState('');
  const [decision, setDecision] = useState<Decision | null>(null);
  const [isAsked, setAsked] = useState(false);
  const isMissing = reason.trim() === '';
  const decide = (chosen: Decision) => (): void => {
    setAsked(true);
    if (!isMissing) {
      setDecision(chosen);
    }
  };
  return (
    <section class="wb-Contribute-review" aria-label={trans.__('Your decision')}>
      <h3>{trans.__('Your decision')}</h3>
      <Field
        kind="long"
        label={trans.__('Reason')}
        help={trans.__('The contributor and everybody who verifies this home reads it.')}
        value={reason}
        onValue={setReason}
        maxLength={MOST_REASON}
        {...(isAsked && isMissing ? { fault: trans.__('Write a reason first: the contributor has to know why.') } : {})}
      />
      <div class="wb-Actions">
        <Button kind="accent" onPress={decide('accept')}>
          {trans.__('Accept…')}
        </Button>
        <Button kind="danger" onPress={decide('refuse')}>
          {trans.__('Refuse…')}
        </Button>
      </div>
      {decision !== null && (
        <SignDialog
          api={api}
          verb="review"
          args={{ contribution: props.known.id, decision, reason: reason.trim() }}
          title={
            decision === 'accept'
              ? trans.__('Accept %1', props.known.file_name)
              : trans.__('Refuse %1', props.known.file_name)
          }
          onSigned={signed => {
            setDecision(null);
            flow.signed(signed.result as Contribution);
          }}
          onCancel={() => {
            setDecision(null);
          }}
        />
      )}
    </section>
  );
}
