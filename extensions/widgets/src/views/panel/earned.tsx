import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { EpochMoney, Money, count, useWords } from '../../kit/index.js';
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
  const { bounties, final_bounties, n_final_bounties } = inbox.earned;
  const isEmpty =
    estimated.length + provisional.length + bounties.length + n_final + n_final_bounties + n_returned === 0;
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
          {n_final_bounties > 0 && (
            <li>
              <Money of={{ state: 'final', amount: final_bounties }} />{' '}
              <span class="wb-Panel-quiet">{trans._n('in %1 merge', 'in %1 merges', n_final_bounties)}</span>
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
          {bounties.map(line => (
            <li key={line.proposal}>
              <Open context={context} at={{ kind: 'proposal', id: line.proposal }}>
                {trans.__('Bounty of %1', line.task)}
              </Open>{' '}
              <EpochMoney amount={line.amount} state={line.state} until={line.until} />{' '}
              <span class="wb-Panel-quiet wb-Said">
                {line.state === 'void'
                  ? trans.__('rolled back: %1', line.because)
                  : trans.__('held: a rollback would return it')}
              </span>
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
