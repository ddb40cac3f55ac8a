import type { ComponentChildren, JSX } from 'preact';

/** A column: its name, its cell, and whether it holds numbers. */
export interface Column<Row> {
  name: string;
  cell: (row: Row) => ComponentChildren;
  isNumber?: boolean;
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  hideCaption?: boolean;
}

/** A table of HTML; its first column names the rows, numbers stand to the right. */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  return (
    <div class="wb-Table-scroll" tabIndex={0} role="group" aria-label={props.caption}>
      <table class="wb-Table">
        <caption class={props.hideCaption === true ? 'wb-visuallyHidden' : ''}>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" class={isNumber === true ? 'wb-number' : ''}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(row => (
            <tr key={props.keyOf(row)}>
              {props.columns.map(({ name, cell, isNumber }, at) =>
                at === 0 ? (
                  <th key={name} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} class={isNumber === true ? 'wb-number' : ''}>
                    {cell(row)}
                  </td>
                )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
