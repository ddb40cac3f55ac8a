import type { JSX } from 'preact';

import { LineChart, Notice, Table, count, decimalsFor, fixed, gain, useWords } from '../../kit/index.js';
import { valueParts, type Marginal, type Why } from './state.js';

const MOST_NAMED = 8;

/** What the owner added to coalitions of each size; with their weights the parts of its value. */
export function SizeParts({ why }: { why: Why }): JSX.Element {
  const trans = useWords();
  const places = decimalsFor([why]);
  const { known, rest } = valueParts(why);
  const points = why.by_size.flatMap(row =>
    row.marginal === null ? [] : [[row.n_others, row.marginal] as const]
  );
  return (
    <section class="wb-Section">
      {points.length > 1 && (
        <LineChart
          title={trans.__('What %1 added, by how many others were there', why.owner)}
          xLabel={trans.__('other owners in the coalition')}
          yLabel={why.metric}
          lines={[{ name: why.owner, points }]}
        />
      )}
      <Table
        caption={trans.__('The parts of the value, by the size of the coalition (%1)', why.semivalue)}
        rows={why.by_size}
        keyOf={row => String(row.n_others)}
        columns={[
          { name: trans.__('Joining'), cell: row => trans._n('1 other', '%1 others', row.n_others) },
          { name: trans.__('Coalitions measured both ways'), cell: row => count(row.n_pairs), isNumber: true },
          {
            name: trans.__('Added on average, %1', why.metric),
            cell: row => (row.marginal === null ? trans.__('not measured') : gain(row.marginal, places)),
            isNumber: true
          },
          { name: trans.__('Weight'), cell: row => fixed(row.weight, 3), isNumber: true },
          {
            name: trans.__('Part of the value'),
            cell: row => (row.part === null ? '' : gain(row.part, places)),
            isNumber: true
          }
        ]}
      />
      <p>
        {rest === 0
          ? trans.__('The parts sum to the value %1.', gain(why.value, places))
          : trans.__(
              'The parts sum to %1; %2 is what %3 estimates of coalitions that were not measured: together the value %4.',
              gain(known, places),
              gain(rest, places),
              why.method,
              gain(why.value, places)
            )}
      </p>
    </section>
  );
}

/** The coalitions that raised and lowered the value most. */
export function CoalitionParts({ why }: { why: Why }): JSX.Element {
  const trans = useWords();
  const places = decimalsFor([why]);
  const rows = [
    ...why.raised.map(one => ({ ...one, word: trans.__('raised it') })),
    ...why.lowered.map(one => ({ ...one, word: trans.__('lowered it') }))
  ];
  if (rows.length === 0) {
    return <Notice kind="info">{trans.__('No coalition was measured with and without this owner.')}</Notice>;
  }
  return (
    <Table
      caption={trans._n(
        'The coalitions that moved it most, of one measured both ways',
        'The coalitions that moved it most, of %1 measured both ways',
        why.n_pairs
      )}
      rows={rows}
      keyOf={row => JSON.stringify(row.others)}
      columns={[
        { name: trans.__('Joining'), cell: row => <Others one={row} /> },
        { name: trans.__('Effect'), cell: row => row.word },
        { name: trans.__('Without'), cell: row => fixed(row.without, places), isNumber: true },
        { name: trans.__('Together'), cell: row => fixed(row.together, places), isNumber: true },
        { name: trans.__('Difference, %1', why.metric), cell: row => gain(row.marginal, places), isNumber: true }
      ]}
    />
  );
}

function Others({ one }: { one: Marginal }): JSX.Element {
  const trans = useWords();
  const more = one.others.length - MOST_NAMED;
  if (one.others.length === 0) {
    return <em>{trans.__('nobody')}</em>;
  }
  return (
    <span class="wb-Names">
      {one.others.slice(0, MOST_NAMED).map((owner, at, shown) => (
        <span key={owner}>
          <bdi>{owner}</bdi>
          {at < shown.length - 1 && ','}
        </span>
      ))}
      {more > 0 && <span>{trans._n('and one more', 'and %1 more', more)}</span>}
    </span>
  );
}
