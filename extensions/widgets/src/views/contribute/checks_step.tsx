import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { Button, ErrorCard, Loading, Notice, Progress, SignDialog, Table, grouped, useWords } from '../../kit/index.js';
import { asProblem, type Problem } from '../../problem.js';
import type { Words } from '../../words/index.js';
import { Findings } from '../findings.js';
import type { Flow } from './flow.js';
import { rejectedCsv } from './rejected.js';
import { GATES, type Contribution, type State } from './state.js';

type Props = { flow: Flow; state: State };

/** The gates one by one as they happen, what they found, and the signature. */
export function ChecksStep({ flow, state }: Props): JSX.Element {
  const trans = useWords();
  const { draft, kept, isChecking } = state;
  return (
    <>
      {state.problem && (
        <ErrorCard
          problem={state.problem}
          action={{
            label: trans.__('Back to the file'),
            onPress: () => {
              flow.goTo('file');
            }
          }}
        />
      )}
      {(isChecking || Object.keys(state.gates).length > 0) && <Gates state={state} />}
      {state.progress && <Progress {...state.progress} label={trans.__('Rows')} />}
      {!isChecking && draft === null && !state.problem && <Loading />}
      {draft && <Outcome draft={draft} flow={flow} />}
      <div class="wb-Actions">
        {kept.past.length > 0 && !isChecking && (
          <Button onPress={flow.undo}>{trans.__('Undo: back to the rows as they were')}</Button>
        )}
        {!isChecking && kept.sha256 !== null && (
          <Button
            onPress={() => {
              flow.goTo('terms');
            }}
          >
            {trans.__('Back')}
          </Button>
        )}
      </div>
    </>
  );
}

function Gates({ state }: { state: State }): JSX.Element {
  const trans = useWords();
  const findings = state.draft?.findings ?? [];
  const rows = GATES.map(gate => {
    const told = state.gates[gate];
    const worst = findings.filter(found => found.gate === gate && found.outcome !== 'note');
    const n = worst.reduce((sum, found) => sum + found.n_rows, 0);
    return { gate, told, n, isStopped: told?.state === 'started' && !state.isChecking };
  });
  const nDone = rows.filter(row => row.told?.state === 'finished').length;
  return (
    <>
      <p class="wb-visuallyHidden" role="status">
        {trans.__('%1 of %2 checks done', nDone, GATES.length)}
      </p>
      <Table
        caption={trans.__('Checks')}
        columns={[
          { name: trans.__('Check'), cell: row => gateWords(row.gate, trans) },
          {
            name: trans.__('State'),
            cell: row => <span class="wb-unbroken">{standing(row, trans)}</span>
          },
          {
            name: trans.__('Seconds'),
            isNumber: true,
            cell: row => row.told?.seconds?.toFixed(2) ?? ''
          }
        ]}
        rows={rows}
        keyOf={row => row.gate}
      />
    </>
  );
}

function Outcome({ draft, flow }: { draft: Contribution; flow: Flow }): JSX.Element {
  const trans = useWords();
  const [isSigning, setSigning] = useState(false);
  const has = (outcome: string): boolean => draft.findings.some(found => found.outcome === outcome);
  const { kept } = flow.get();
  const isRefused = has('refused');
  const isHeld = has('held');
  return (
    <>
      <p>
        {trans.__(
          '%1 of %2 rows pass.',
          grouped(draft.n_rows.toString()),
          grouped(draft.n_rows_submitted.toString())
        )}
      </p>
      <Findings findings={draft.findings} />
      {(has('dropped') || isHeld) && <Rejected flow={flow} name={draft.file_name} />}
      {isHeld && !isRefused && (
        <Notice kind="warning">
          <p>
            {trans.__(
              'Rows with personal data or secrets are held: mask what was found, or leave these rows out. You can undo both until you sign.'
            )}
          </p>
          <div class="wb-Actions">
            <Button kind="accent" onPress={() => flow.mask(false)}>
              {trans.__('Mask what was found')}
            </Button>
            <Button onPress={() => flow.mask(true)}>{trans.__('Leave these rows out')}</Button>
          </div>
        </Notice>
      )}
      {isRefused && (
        <Notice kind="error">
          {trans.__('It cannot be contributed like this. Mend what is said above, and choose the file again.')}
        </Notice>
      )}
      {has('quarantined') && !isRefused && (
        <Notice kind="warning">
          {trans.__('When you sign it, it is quarantined: a reviewer decides, and you read the reason.')}
        </Notice>
      )}
      {!isHeld && !isRefused && (
        <section class="wb-Contribute-review" aria-label={trans.__('Review')}>
          <h3>{trans.__('Review')}</h3>
          <dl class="wb-Facts">
            {facts(draft, kept.purposes, trans).map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
          <Button
            kind="accent"
            onPress={() => {
              setSigning(true);
            }}
          >
            {trans.__('Sign and contribute…')}
          </Button>
        </section>
      )}
      {isSigning && (
        <SignDialog
          api={flow.api}
          verb="submit"
          args={{ contribution: draft.id, purposes: kept.purposes }}
          title={trans.__('Contribute to %1', draft.task)}
          onSigned={() => {
            setSigning(false);
            void flow.signed();
          }}
          onCancel={() => {
            setSigning(false);
          }}
        />
      )}
    </>
  );
}

function facts(draft: Contribution, purposes: readonly string[], trans: Words): [string, string][] {
  return [
    [trans.__('Task'), draft.task],
    [trans.__('For'), draft.owner],
    [trans.__('File'), draft.file_name],
    [trans.__('Rows'), grouped(draft.n_rows.toString())],
    [trans.__('Licence'), draft.license],
    [trans.__('Purposes'), purposes.join(', ')],
    [trans.__('SHA-256'), draft.file_sha256]
  ];
}

function Rejected({ flow, name }: { flow: Flow; name: string }): JSX.Element {
  const trans = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <>
      <div>
        <Button
          onPress={async () => {
            try {
              const csv = rejectedCsv(await flow.rejected());
              save(new Blob([csv], { type: 'text/csv' }), `${name.split('.')[0] ?? 'rows'}.rejected.csv`);
              setProblem(null);
            } catch (thrown) {
              setProblem(asProblem(thrown));
            }
          }}
        >
          {trans.__('Save the refused rows as CSV')}
        </Button>
      </div>
      {problem && <ErrorCard problem={problem} />}
    </>
  );
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function gateWords(gate: (typeof GATES)[number], trans: Words): string {
  const words: Record<(typeof GATES)[number], string> = {
    format: trans.__('The file is what its name says'),
    schema: trans.__('Columns and values'),
    license: trans.__('Licence'),
    size: trans.__('Length of rows'),
    secrets: trans.__('Keys and passwords'),
    'personal-data': trans.__('Personal data'),
    'duplicates-in-file': trans.__('Repeated rows in the file'),
    'duplicates-in-task': trans.__('Rows that the task has'),
    'hidden-test': trans.__('Rows of the hidden test'),
    'near-duplicates': trans.__('Rows that are almost the same'),
    verdict: trans.__('All together')
  };
  return words[gate];
}

interface CheckRow {
  told: State['gates'][string] | undefined;
  n: number;
  isStopped: boolean;
}

function standing(row: CheckRow, trans: Words): string {
  if (row.isStopped) {
    return trans.__('✗ stopped here');
  }
  if (row.told === undefined) {
    return trans.__('waits');
  }
  if (row.told.state === 'started') {
    return trans.__('… at work');
  }
  return row.n > 0 ? trans._n('⚠ %1 row', '⚠ %1 rows', row.n) : trans.__('✓ passed');
}
