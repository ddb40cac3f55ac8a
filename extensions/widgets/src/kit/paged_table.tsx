import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { Button, Field } from './controls.js';
import { count } from './format.js';
import { Table, type Column } from './table.js';
import { useWords } from './words.js';

interface PagedTableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Of the field that finds rows by their name. */
  searchLabel: string;
  nameOf: (row: Row) => string;
}

const A_PAGE = 50;

/** A table of any length: found by name, a page at a time. */
export function PagedTable<Row>(props: PagedTableProps<Row>): JSX.Element {
  const trans = useWords();
  const [sought, setSought] = useState('');
  const [wanted, setPage] = useState(0);
  const words = sought.trim().toLowerCase();
  const found = words === '' ? props.rows : props.rows.filter(row => props.nameOf(row).toLowerCase().includes(words));
  const nPages = Math.max(1, Math.ceil(found.length / A_PAGE));
  const page = Math.min(wanted, nPages - 1);
  const first = page * A_PAGE;
  const shown = found.slice(first, first + A_PAGE);
  return (
    <div class="wb-PagedTable">
      {props.rows.length > A_PAGE && (
        <Field
          label={props.searchLabel}
          kind="search"
          value={sought}
          maxLength={200}
          onValue={value => {
            setSought(value);
            setPage(0);
          }}
        />
      )}
      <Table caption={props.caption} columns={props.columns} rows={shown} keyOf={props.keyOf} />
      <p class="wb-PagedTable-count" role="status">
        {found.length === 0 && trans.__('Nobody is called so.')}
        {nPages > 1 &&
          trans.__('%1 to %2 of %3', count(first + 1), count(first + shown.length), count(found.length))}
      </p>
      {nPages > 1 && (
        <div class="wb-Actions">
          <Button disabled={page === 0} onPress={() => setPage(page - 1)}>
            {trans.__('Previous page')}
          </Button>
          <Button disabled={page === nPages - 1} onPress={() => setPage(page + 1)}>
            {trans.__('Next page')}
          </Button>
        </div>
      )}
    </div>
  );
}
