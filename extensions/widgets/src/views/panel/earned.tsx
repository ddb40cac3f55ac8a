import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Money, count, useWords } from '../../kit/index.js';
import { Open, Part } from './part.js';
import type { Inbox } from './state.js';

interface Props {
  context: Context<unknown>;
  inbox: Inbox;
}

/** What came to the person, each state for itself: they are never added up. */
export function Earned({ context, inbox }: Props): JSX.Element {
  const trans = useWords();
  const { estimated, provisional, final, n_final, returned, n_returned } = inbox.earned;
  const isEmpty = estimated.length + provisional.length + n_final + n_returned === 0;
  return (
    <Part title={trans.__('Earned')}>
      {isEmpty ? (
        <p class="wb-Panel-quiet">
          {trans.__('Nothing yet: what you contribute is paid when the sponsor of a task closes an epoch.')}
        </p>
      ) : (
        <ul class="wb-Panel-list">
          {n_final > 0 && (
            <li>
              <Money of={{ state: 'final', amount: final }} />{' '}
              <span class="wb-Panel-quiet">{trans._n('in %1 epoch', 'in %1 epochs', n_final)}</span>
            </li>
          )}
          {provisional.map(line => (
            <li key={line.epoch}>
              <Open context={context} at={{ kind: 'epoch', id: line.epoch }}>
                {`${line.task}:${count(line.number)}`}
              </Open>{' '}
              <Money
                of={{ state: 'provisional', amount: line.amount, until: line.until ?? '' }}
              />
              {line.is_disputed && <span class="wb-Panel-quiet"> {trans.__('disputed')}</span>}
            </li>
          ))}
          {estimated.map(line => (
            <li key={line.study}>
              {line.task} <Money of={{ state: 'estimated', low: line.amount_low, high: line.amount_high }} />
            </li>
          ))}
          {n_returned > 0 && (
            <li>
              <Money of={{ state: 'returned', amount: returned }} />{' '}
              <span class="wb-Panel-quiet">{trans._n('in %1 epoch', 'in %1 epochs', n_returned)}</span>
            </li>
          )}
        </ul>
      )}
    </Part>
  );
}
