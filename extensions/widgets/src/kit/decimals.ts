import { grouped } from './format.js';

const MOST = 6;

/**
 * Return the decimals for a column of measured values: those at which the narrowest interval
 * shows two digits; without intervals the largest value shows three.
 */
export function decimalsFor(rows: readonly { value: number; low: number; high: number }[]): number {
  let narrowest = Infinity;
  let largest = 0;
  for (const { value, low, high } of rows) {
    const half = (high - low) / 2;
    if (half > 0 && Number.isFinite(half)) {
      narrowest = Math.min(narrowest, half);
    }
    largest = Math.max(largest, Math.abs(value));
  }
  const [size, digits] = narrowest < Infinity ? [narrowest, 2] : [largest, 3];
  return size > 0 ? Math.min(MOST, Math.max(2, digits - 1 - Math.floor(Math.log10(size)))) : 2;
}

/** Return a number with so many decimals; what rounds to zero carries no sign. */
export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const [whole = '', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const text = grouped(whole) + (fraction === undefined ? '' : `.${fraction}`);
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** Return a number with its sign, plus as well: what somebody added or took away. */
export function gain(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}
