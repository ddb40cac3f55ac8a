const OURS = ['row', 'gate', 'code', 'outcome', 'message'] as const;
const FORMULA = /^[ \n]*[=+\-@\t\r]/;

interface Line {
  values: Record<string, string>;
  [name: string]: unknown;
}

/** Return rejected rows, JSON Lines, as CSV that no spreadsheet takes for formulas. */
export function rejectedCsv(jsonLines: string): string {
  const lines = jsonLines
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line);
  const names = [...new Set(lines.flatMap(line => Object.keys(line.values)))];
  const ours = new Set<string>(OURS);
  const head = [...OURS.slice(0, 1), 'reason', ...OURS.slice(1, 4), ...names.map(n => (ours.has(n) ? `${n} (file)` : n))];
  const rows = lines.map(line => [
    line.row,
    line.message,
    line.gate,
    line.code,
    line.outcome,
    ...names.map(name => line.values[name] ?? '')
  ]);
  return [head, ...rows].map(cells => cells.map(cell).join(',')).join('\r\n') + '\r\n';
}

function cell(value: unknown): string {
  const text = String(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
