import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Chip, Empty, Table, moment, useSource, useWords } from '../../kit/index.js';
import { mounting } from '../../mount.js';

/** The MIME type under which results keep their table; it outlives the kernel. */
export const MIME_TYPE = 'application/vnd.merit-workbench.v1+json';

interface ResultColumn {
  name: string;
  side?: string;
  unit?: string;
}

/** A result as a notebook keeps it; nothing in it is trusted but as text. */
export interface Result {
  kind: string;
  title: string;
  columns: readonly ResultColumn[];
  rows: readonly (readonly string[])[];
  notes: readonly string[];
  asOf: string | null;
}

/** Return what a notebook's JSON holds, texts only; null where it is no result. */
export function readResult(value: unknown): Result | null {
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  const told = value as Record<string, unknown>;
  if (!Array.isArray(told.columns) || !Array.isArray(told.rows)) {
    return null;
  }
  return {
    kind: texted(told.kind),
    title: texted(told.title),
    columns: told.columns.map(column => {
      const one = (typeof column === 'object' && column !== null ? column : { name: column }) as Record<string, unknown>;
      return { name: texted(one.name), side: texted(one.side), unit: texted(one.unit) };
    }),
    rows: told.rows.filter(row => Array.isArray(row)).map(row => (row as unknown[]).map(texted)),
    notes: Array.isArray(told.notes) ? told.notes.map(texted) : [],
    asOf: typeof told.as_of === 'string' ? told.as_of : null
  };
}

function texted(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** A kept result as a table: no kernel, no server. */
function ResultTable({ context }: { context: Context<Result | null> }): JSX.Element {
  const trans = useWords();
  const result = useSource(context.source);
  if (result === null) {
    return <Empty>{trans.__('This output is no result of the workbench that can be shown.')}</Empty>;
  }
  return (
    <article class="wb-Card" aria-label={result.title}>
      <Table
        caption={result.title}
        columns={result.columns.map(({ name, side, unit }, at) => ({
          name: unit ? `${name}, ${unit}` : name || ' '.repeat(at + 1),
          cell: (row: readonly [number, readonly string[]]) => row[1][at] ?? '',
          isNumber: side === 'right'
        }))}
        rows={result.rows.map((row, at) => [at, row] as const)}
        keyOf={([at]) => String(at)}
      />
      {result.notes
        .filter(note => note !== '')
        .map(note => (
          <p key={note}>{note}</p>
        ))}
      {result.asOf !== null && (
        <p>
          <Chip>{trans.__('as of %1', moment(result.asOf, trans.language))}</Chip>
        </p>
      )}
    </article>
  );
}

/** Show a kept result in a host. */
export const mount = mounting(ResultTable);
