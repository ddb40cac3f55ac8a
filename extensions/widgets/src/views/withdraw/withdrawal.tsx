import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Context } from '../../context.js';
import {
  Button,
  Chip,
  ErrorCard,
  Loading,
  Money,
  Notice,
  ShowCode,
  SignDialog,
  grouped,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import { WithdrawFlow, type Withdrawal, type WithdrawState } from './flow.js';

/** What follows from taking a contribution back, first; then the signature. */
export function WithdrawView({ context }: { context: Context<WithdrawState> }): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const flow = context.source instanceof WithdrawFlow ? context.source : null;
  const [isSigning, setSigning] = useState(false);
  const { known, follows, record } = state;
  if (flow === null) {
    return <Notice kind="info">{trans.__('A withdrawal is signed in JupyterLab or Notebook 7.')}</Notice>;
  }
  if (state.problem) {
    return <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: flow.again }} />;
  }
  if (known === null) {
    return <Loading />;
  }
  return (
    <article class="wb-Card" aria-label={trans.__('Withdraw %1', known.file_name)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{trans.__('Withdraw %1', known.file_name)}</h2>
        <Chip>{known.state}</Chip>
        <p class="wb-Card-about">
          <code>{short(known.id)}</code> · {known.task} · {known.owner}
        </p>
      </header>
      {record !== null && (
        <Notice kind="success">
          <p>{trans.__('It is withdrawn. This is your receipt:')}</p>
          <dl class="wb-Facts">
            <div>
              <dt>{trans.__('Content id of the signed withdrawal')}</dt>
              <dd>
                <code>{record}</code>
              </dd>
            </div>
          </dl>
        </Notice>
      )}
      {record === null && known.state === 'withdrawn' && (
        <Notice kind="info">{trans.__('It was withdrawn before.')}</Notice>
      )}
      {follows && (
        <section class="wb-Contribute-review" aria-label={trans.__('What follows')}>
          <h3>{record === null ? trans.__('What follows') : trans.__('What followed')}</h3>
          <ul>
            {consequences(follows, trans).map(text => (
              <li key={text}>{text}</li>
            ))}
            {BigInt(follows.paid) > 0n && (
              <li>
                {trans.__('What was paid stays paid:')} <Money of={{ state: 'final', amount: follows.paid }} />
              </li>
            )}
          </ul>
        </section>
      )}
      {follows && record === null && (
        <div class="wb-Actions">
          <Button
            kind="danger"
            onPress={() => {
              setSigning(true);
            }}
          >
            {trans.__('Withdraw…')}
          </Button>
        </div>
      )}
      {isSigning && context.api && (
        <SignDialog
          api={context.api}
          verb="withdraw"
          args={{ contribution: known.id }}
          title={trans.__('Withdraw %1', known.file_name)}
          onSigned={signed => {
            setSigning(false);
            flow.signed(signed.result as Withdrawal);
          }}
          onCancel={() => {
            setSigning(false);
          }}
        />
      )}
      <footer class="wb-Card-foot">
        <ShowCode
          code={[
            'from workbench import Bench',
            '',
            'bench = Bench.open()',
            `bench.withdraw(${JSON.stringify(known.id)})  # says what follows`,
            `bench.withdraw(${JSON.stringify(known.id)}, sign=True)`
          ].join('\n')}
        />
      </footer>
    </article>
  );
}

function consequences(follows: Withdrawal, trans: Words): string[] {
  const some = (n: number, text: string): string[] => (n > 0 ? [text] : []);
  const { n_rows: rows, n_files_deleted: deleted, n_files_kept: kept, n_drafts: drafts, n_rows_returned: back } = follows;
  return [
    trans._n(
      '%1 row leaves the task: nothing new is trained, valued or shown with it.',
      '%1 rows leave the task: nothing new is trained, valued or shown with them.',
      rows
    ),
    ...some(deleted, trans._n('%1 file is deleted here. Nobody can undo that.', '%1 files are deleted here. Nobody can undo that.', deleted)),
    ...some(kept, trans._n('%1 file stays, because others brought the same.', '%1 files stay, because others brought the same.', kept)),
    ...some(drafts, trans._n('%1 draft of the same file is deleted.', '%1 drafts of the same file are deleted.', drafts)),
    ...some(back, trans._n('%1 row that others brought later is theirs again.', '%1 rows that others brought later are theirs again.', back)),
    ...some(follows.models.length, trans._n('%1 model trained with it is marked.', '%1 models trained with it are marked.', follows.models.length)),
    ...some(follows.studies.length, trans._n('%1 study can no longer be paid by.', '%1 studies can no longer be paid by.', follows.studies.length)),
    ...some(follows.jobs.length, trans._n('%1 running job is ended.', '%1 running jobs are ended.', follows.jobs.length)),
    trans.__('The signed records and the digests stay.')
  ].map(text => text.replace(/\d{5,}/, digits => grouped(digits)));
}
