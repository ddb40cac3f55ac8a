import type { JSX } from 'preact';

import type { Schemas } from '../api.js';
import { credits } from './format.js';
import { Money } from './money.js';
import { Chip } from './texts.js';
import { useWords } from './words.js';

interface EpochMoneyProps {
  /** In micro-credits. */
  amount: string;
  /** Of its epoch. */
  state: Schemas['EpochView']['state'];
  /** When it becomes final, where that is known. */
  until: string | null;
}

/** An amount of an epoch in the state the epoch is in. */
export function EpochMoney({ amount, state, until }: EpochMoneyProps): JSX.Element {
  const trans = useWords();
  switch (state) {
    case 'provisional':
      return <Money of={{ state, amount, until: until ?? '' }} />;
    case 'final':
      return <Money of={{ state, amount }} />;
    case 'void':
      return <Money of={{ state: 'returned', amount }} />;
    case 'disputed':
      // Neither provisional nor lost: held until somebody decides.
      return (
        <span class="wb-Money">
          <span class="wb-number">{trans.__('%1 credits', credits(amount))}</span>
          <Chip kind="disputed">{trans.__('disputed')}</Chip>
        </span>
      );
  }
}
