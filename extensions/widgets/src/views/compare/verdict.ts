import { count, measured } from '../../kit/format.js';
import type { Words } from '../../words/index.js';
import { ranked, type Found, type Line } from './details.js';

/** Which model is better, by how much, and how sure: three short texts. */
export interface Verdict {
  which: string;
  howMuch: string;
  howSure: string;
  isSure: boolean;
}

/** Hold the first model against the best of the others; null for one model alone. */
export function verdictOf(found: Found, nameOf: (model: string) => string, trans: Words): Verdict | null {
  const [first, best] = ranked(found);
  const main = found.metrics[0];
  if (first === undefined || best === undefined || main === undefined || best.difference === null) {
    return null;
  }
  const sign = main.better === 'lower' ? -1 : 1;
  const gain = sign * best.difference;
  const ends = [best.difference_low, best.difference_high].map(end => sign * (end ?? Number.NaN));
  const [low = Number.NaN, high = Number.NaN] = (gain < 0 ? ends.map(end => -end) : ends).sort((a, b) => a - b);
  const isSure = best.verdict !== null && best.verdict !== 'no difference' && gain !== 0;
  const [ahead, behind] = gain < 0 ? [first, best] : [best, first];
  const names = [nameOf(ahead.model), nameOf(behind.model)];
  const sentence = isSure
      ? trans.__('%1 is better than %2.', ...names)
      : gain === 0
        ? trans.__('No difference between %1 and %2.', ...names)
        : trans.__('No sure difference: %1 is ahead of %2, and that may be chance.', ...names);
  return {
    // A word that begins the sentence is written large; a digest stays as it is.
    which: /^[0-9a-f]{6}/.test(sentence)
      ? sentence
      : sentence.charAt(0).toLocaleUpperCase(trans.language) + sentence.slice(1),
    howMuch: trans.__(
      'By %1 %2; the %3 % interval goes from %4 to %5.',
      measured(Math.abs(gain), 3),
      main.unit,
      measured(100 * found.confidence, 2),
      measured(low, 3),
      measured(high, 3)
    ),
    howSure: howSure(best.p, best.test ?? '', found.nItems, trans),
    isSure
  };
}

function howSure(p: number | null, test: string, nItems: number, trans: Words): string {
  if (p === null) {
    return trans.__('Measured on %1 hidden items.', count(nItems));
  }
  const many = p < 0.001 ? trans.__('fewer than 1') : measured(1000 * p, 2);
  return trans.__(
    'Were both equally good, chance alone would make so large a difference in %1 of 1000 such tests (p %2, %3, %4 hidden items).',
    many,
    pText(p),
    test,
    count(nItems)
  );
}

/** Return a p as it is quoted. */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(3)}`;
}

/** A verdict in a word, with a mark that needs no colour; empty for the model that others are held against. */
export function verdictWord(verdict: Line['verdict'], trans: Words): string {
  switch (verdict) {
    case 'better':
      return `✓ ${trans.__('better')}`;
    case 'worse':
      return `✗ ${trans.__('worse')}`;
    case 'no difference':
      return `≈ ${trans.__('not sure')}`;
    default:
      return '';
  }
}
