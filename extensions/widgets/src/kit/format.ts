const THIN_SPACE = '\u2009';
const NARROW_NO_BREAK = '\u202f';
const MICRO = 1_000_000n;

/**
 * Return micro-credits as credits, exactly, with at least two places: `"166666667"` is
 * `"166.666667"`. The amount stays an integer all the way; numbers of JavaScript would round it.
 */
export function credits(microcredits: string): string {
  const amount = BigInt(microcredits);
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % MICRO).toString().padStart(6, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${amount < 0n ? '−' : ''}${grouped((size / MICRO).toString())}.${fraction}`;
}

/** Return the digits of a whole number in groups of three, from five digits on. */
export function grouped(digits: string): string {
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** Return a measured number with so many significant digits; never more than were measured. */
export function measured(value: number, digits = 4): string {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const size = Math.abs(value);
  const places = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const [whole = '', fraction] = size.toFixed(Math.min(places, 12)).split('.');
  const text = grouped(whole) + (fraction === undefined ? '' : `.${fraction}`);
  return (value < 0 ? '−' : '') + text;
}

/** Return a whole number with its digits in groups. */
export function count(n: number): string {
  return (n < 0 ? '−' : '') + grouped(Math.abs(n).toFixed(0));
}

/** Return a number of bytes with its unit. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1);
  const size = n / 1000 ** power;
  return `${power === 0 ? size : size.toFixed(1)}${NARROW_NO_BREAK}${units[power] ?? ''}`;
}

/** Return a moment in the reader's own time zone, to the minute. */
export function moment(iso: string, language: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? iso
    : at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
}

/** Return the beginning of a content id, as people quote it. */
export function short(id: string): string {
  return /^[0-9a-f]{32,}$/.test(id) ? id.slice(0, 12) : id;
}
