/**
 * The first rows of a file, read in the browser while it is on its way. What the server reads
 * later replaces them: this is for the eyes only, and where it cannot read it says nothing.
 */
export interface Peek {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** The number of the first one, as the gates count: a line with names is row 1. */
  first: number;
}

const PEEK_BYTES = 64 * 2 ** 10;
const MOST_ROWS = 5;
const MOST_COLUMNS = 20;
const MOST_CHARACTERS = 300;

/** Return the first rows of a file by its name's format; null where only the server can read it. */
export async function peek(file: Blob, name: string): Promise<Peek | null> {
  const format = /\.(csv|tsv|jsonl|ndjson|txt)$/i.exec(name)?.[1]?.toLowerCase();
  if (format === undefined) {
    return null;
  }
  const isWhole = file.size <= PEEK_BYTES;
  const text = new TextDecoder().decode(await file.slice(0, PEEK_BYTES).arrayBuffer());
  return peekText(text, format, isWhole);
}

/** Return the first rows of the beginning of a text. */
export function peekText(text: string, format: string, isWhole: boolean): Peek | null {
  const rows =
    format === 'csv' || format === 'tsv'
      ? delimited(text, format === 'tsv' ? '\t' : separatorOf(text))
      : text.split(/\r?\n/).map(line => [line]);
  if (!isWhole && rows.length > 2) {
    // The cut may go through the last one; where it is the only one, its beginning is shown.
    rows.pop();
  }
  const full = rows.filter(row => row.some(cell => cell.trim() !== ''));
  if (format === 'csv' || format === 'tsv') {
    const [columns = [], ...others] = full;
    return shown(columns, others, 2);
  }
  if (format === 'txt') {
    return shown(['text'], full);
  }
  return objects(full.map(([line = '']) => line).slice(0, MOST_ROWS));
}

function objects(lines: readonly string[]): Peek | null {
  const parsed: Record<string, unknown>[] = [];
  for (const line of lines) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null) {
        return null;
      }
      parsed.push(value as Record<string, unknown>);
    } catch {
      return null;
    }
  }
  const columns = [...new Set(parsed.flatMap(Object.keys))];
  return shown(
    columns,
    parsed.map(row => columns.map(name => cellOf(row[name])))
  );
}

function cellOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function shown(columns: readonly string[], rows: readonly (readonly string[])[], first = 1): Peek | null {
  if (columns.length === 0) {
    return null;
  }
  const few = (row: readonly string[]): string[] =>
    row.slice(0, MOST_COLUMNS).map(cell => cell.slice(0, MOST_CHARACTERS));
  return { columns: few(columns), rows: rows.slice(0, MOST_ROWS).map(few), first };
}

function separatorOf(text: string): string {
  const head = text.split('\n', 1)[0] ?? '';
  return head.split(';').length > head.split(',').length ? ';' : ',';
}

/** Read RFC 4180: fields in quotes may hold separators, line breaks and doubled quotes. */
function delimited(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const begin = text.startsWith('\ufeff') ? 1 : 0;
  for (let at = begin; at < text.length && rows.length <= MOST_ROWS + 1; at++) {
    const letter = text.charAt(at);
    if (isQuoted) {
      if (letter !== '"') {
        cell += letter;
      } else if (text.charAt(at + 1) === '"') {
        cell += '"';
        at++;
      } else {
        isQuoted = false;
      }
    } else if (letter === '"' && cell === '') {
      isQuoted = true;
    } else if (letter === separator) {
      row.push(cell);
      cell = '';
    } else if (letter === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')]);
      row = [];
      cell = '';
    } else {
      cell += letter;
    }
  }
  if (cell !== '' || row.length > 0) {
    rows.push([...row, cell]);
  }
  return rows;
}
