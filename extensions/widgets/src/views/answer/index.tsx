import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Empty, Table, useSource, useWords } from '../../kit/index.js';
import { mounting } from '../../mount.js';

/** What a verb has answered. */
export interface AnswerState {
  title: string;
  value: unknown;
}

/** An answer as it came: lists as a table, fields with their values. */
function Answered({ context }: { context: Context<AnswerState> }): JSX.Element {
  const { title, value } = useSource(context.source);
  return (
    <article class="wb-Card" aria-label={title}>
      <h2 class="wb-Card-title">{title}</h2>
      <Value name={title} value={value} />
    </article>
  );
}

type Row = Record<string, unknown>;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function Value({ name, value }: { name: string; value: unknown }): JSX.Element {
  const trans = useWords();
  if (Array.isArray(value) && value.length > 0 && value.every(isRow)) {
    return <Rows name={name} rows={value} />;
  }
  if (Array.isArray(value) && value.length === 0) {
    return <Empty>{trans.__('It has no rows.')}</Empty>;
  }
  if (!isRow(value)) {
    return <pre tabIndex={0}>{texted(value)}</pre>;
  }
  const entries = Object.entries(value);
  const long = entries.filter(([, one]) => typeof one === 'object' && one !== null);
  return (
    <>
      <dl class="wb-Facts">
        {entries
          .filter(([, one]) => typeof one !== 'object' || one === null)
          .map(([field, one]) => (
            <div key={field}>
              <dt>{field}</dt>
              <dd>{texted(one)}</dd>
            </div>
          ))}
      </dl>
      {long.map(([field, one]) =>
        Array.isArray(one) && one.length > 0 && one.every(isRow) ? (
          <Rows key={field} name={field} rows={one} />
        ) : (
          <details key={field}>
            <summary>{field}</summary>
            <pre tabIndex={0}>{texted(one)}</pre>
          </details>
        )
      )}
    </>
  );
}

function Rows({ name, rows }: { name: string; rows: readonly Row[] }): JSX.Element {
  const fields = [...new Set(rows.flatMap(row => Object.keys(row)))];
  return (
    <Table
      caption={name}
      columns={fields.map(field => ({
        name: field,
        cell: (row: readonly [number, Row]) => texted(row[1][field]),
        isNumber: rows.every(row => typeof row[field] === 'number')
      }))}
      rows={rows.slice(0, MOST_ROWS).map((row, at) => [at, row] as const)}
      keyOf={([at]) => String(at)}
    />
  );
}

const MOST_ROWS = 1000;

function texted(value: unknown): string {
  if (value === null || value === undefined) {
    return '–';
  }
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** Show an answer in a host. */
export const mount = mounting(Answered);
