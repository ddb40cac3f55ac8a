import type { JSX } from 'preact';

import type { Words } from '../words/index.js';
import { credits, moment } from './format.js';
import { Chip } from './texts.js';
import { useWords } from './words.js';

/** An amount in whole micro-credits and the state it is in; states are never added up together. */
export type Amount =
  | { state: 'estimated'; low: string; high: string }
  | { state: 'provisional'; amount: string; until: string }
  | { state: 'final'; amount: string }
  | { state: 'returned'; amount: string };

/** An amount with its unit and, by word and shape, its state. */
export function Money(props: { of: Amount }): JSX.Element {
  const trans = useWords();
  return (
    <span class="wb-Money">
      <span class="wb-number">{trans.__('%1 credits', figures(props.of))}</span>
      <Chip kind={props.of.state}>{stateWords(props.of, trans)}</Chip>
    </span>
  );
}

function figures(of: Amount): string {
  return of.state === 'estimated' ? `${credits(of.low)} – ${credits(of.high)}` : credits(of.amount);
}

function stateWords(of: Amount, trans: Words): string {
  switch (of.state) {
    case 'estimated':
      return trans.__('estimated');
    case 'provisional':
      return trans.__('provisional until %1', moment(of.until, trans.language));
    case 'final':
      return trans.__('final');
    case 'returned':
      return trans.__('returned');
  }
}
