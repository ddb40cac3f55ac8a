import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Button, ErrorCard, Loading, Table, count, gain, useWords } from '../../kit/index.js';
import type { WhySource } from './source.js';
import type { Why, WhyState } from './state.js';

interface RowsProps {
  context: Context<WhyState>;
  state: WhyState;
  why: Why;
}

/** The owner's rows that helped and hurt most: numbers, never what they say. */
export function Rows({ context, state, why }: RowsProps): JSX.Element | null {
  const trans = useWords();
  const { findRows } = context.source as Partial<WhySource>;
  const rows = [
    ...(why.helped ?? []).map(one => ({ ...one, word: trans.__('helped') })),
    ...(why.hurt ?? []).map(one => ({ ...one, word: trans.__('hurt') }))
  ];
  const isAskable = findRows !== undefined && state.rows === 'unasked';
  const says = why.rows_say;
  if (rows.length === 0 && says === '' && !isAskable && state.rows !== 'looking') {
    return null;
  }
  return (
    <section class="wb-Section" aria-label={trans.__('Rows that helped and hurt')}>
      <h3 class="wb-Section-title">{trans.__('Rows that helped and hurt')}</h3>
      {state.rowsProblem && <ErrorCard problem={state.rowsProblem} />}
      {state.rows === 'looking' && <Loading />}
      {isAskable && (
        <div class="wb-Actions">
          <Button hint={trans.__('Takes some seconds; only the owner may see it')} onPress={() => findRows()}>
            {trans.__('Find them')}
          </Button>
        </div>
      )}
      {rows.length > 0 && (
        <Table
          caption={trans.__('Rows of %1 that helped and hurt most', why.owner)}
          hideCaption
          rows={rows}
          keyOf={row => `${row.contribution} ${row.row}`}
          columns={[
            { name: trans.__('File'), cell: row => <bdi>{row.file_name}</bdi> },
            { name: trans.__('Accepted row'), cell: row => count(row.row), isNumber: true },
            { name: trans.__('Effect'), cell: row => row.word },
            { name: trans.__('Value'), cell: row => gain(row.value, 5), isNumber: true }
          ]}
        />
      )}
      {says !== '' && <p class="wb-quiet">{says}</p>}
    </section>
  );
}
