import type { JSX } from 'preact';

import type { Schemas } from '../api.js';
import { Table, grouped, useWords } from '../kit/index.js';
import type { Words } from '../words/index.js';

type Finding = Schemas['Finding'];

/** What the gates found: in which rows, and what to do about it. */
export function Findings({ findings }: { findings: readonly Finding[] }): JSX.Element | null {
  const trans = useWords();
  if (findings.length === 0) {
    return <p role="status">{trans.__('✓ The checks found nothing to say.')}</p>;
  }
  return (
    <Table
      caption={trans.__('What the checks found')}
      columns={[
        { name: trans.__('Found'), cell: found => found.message },
        { name: trans.__('It means'), cell: found => outcomeWords(found.outcome, trans) },
        { name: trans.__('Rows'), isNumber: true, cell: found => grouped(found.n_rows.toString()) },
        { name: trans.__('Such as row'), cell: found => rowsOf(found) },
        { name: trans.__('What to do'), cell: found => found.remedy }
      ]}
      rows={findings}
      keyOf={found => `${found.gate}/${found.code}/${found.message}`}
    />
  );
}

function rowsOf({ rows, n_rows: n }: Finding): string {
  const few = rows.slice(0, 5).join(', ');
  return rows.length > 0 && n > Math.min(rows.length, 5) ? `${few} …` : few;
}

function outcomeWords(outcome: Finding['outcome'], trans: Words): string {
  const words: Record<Finding['outcome'], string> = {
    note: trans.__('ⓘ note'),
    dropped: trans.__('− left out'),
    held: trans.__('⚠ held'),
    quarantined: trans.__('⚠ a reviewer decides'),
    refused: trans.__('✗ refused')
  };
  return words[outcome];
}
