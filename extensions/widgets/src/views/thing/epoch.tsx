import type { JSX } from 'preact';

import type { Schemas } from '../../api.js';
import type { Context } from '../../context.js';
import { Chip, Notice, ShowCode, Table, count, credits, moment, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import type { ThingState } from './state.js';
import { Facts } from './task.js';
import { Deeds } from './thing.js';

interface Props {
  context: Context<ThingState>;
  epoch: Schemas['EpochView'];
}

/** An epoch: whom it pays how much, until when it can be disputed, and why. */
export function EpochCard({ context, epoch }: Props): JSX.Element {
  const trans = useWords();
  const name = `${epoch.task}:${count(epoch.number)}`;
  const of = { epoch: epoch.id };
  const isOpen = epoch.state === 'provisional' || epoch.state === 'disputed';
  const facts: [string, string][] = [
    [trans.__('Pool'), trans.__('%1 credits', credits(epoch.pool))],
    [trans.__('Paid'), trans.__('%1 credits', credits(epoch.paid))],
    [trans.__('Returned'), trans.__('%1 credits', credits(epoch.returned))],
    [trans.__('Closed'), moment(epoch.created_at, trans.language)]
  ];
  return (
    <article class="wb-Card" aria-label={trans.__('Epoch %1', name)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{name}</h2>
        <Chip kind={epoch.state}>{stateWord(epoch.state, trans)}</Chip>
      </header>
      {isOpen && epoch.final_at && (
        <Notice kind="info">
          {trans.__('What it pays is provisional until %1; until then it can be disputed.', moment(epoch.final_at, trans.language))}
        </Notice>
      )}
      <Facts facts={facts} />
      <Table
        caption={trans.__('Payouts')}
        columns={[
          { name: trans.__('Owner'), cell: row => row.owner },
          { name: trans.__('Rank'), cell: row => count(row.rank), isNumber: true },
          { name: trans.__('Share'), cell: row => `${(100 * row.share).toFixed(2)}\u202f%`, isNumber: true },
          { name: trans.__('Amount, credits'), cell: row => credits(row.amount), isNumber: true },
          { name: trans.__('Rows'), cell: row => count(row.n_rows), isNumber: true }
        ]}
        rows={epoch.payouts}
        keyOf={row => row.owner}
      />
      <Deeds
        context={context}
        deeds={[
          { command: 'workbench:why', args: of, label: trans.__('Why…') },
          ...(epoch.state === 'provisional'
            ? [{ command: 'workbench:dispute', args: of, label: trans.__('Dispute…') }]
            : []),
          ...(epoch.state === 'disputed'
            ? [{ command: 'workbench:resolve', args: of, label: trans.__('Decide…') }]
            : [])
        ]}
      />
      <footer class="wb-Card-foot">
        <ShowCode code={`from workbench import Bench\n\nBench.open().epoch(${JSON.stringify(`${epoch.task}:${epoch.number}`)})`} />
      </footer>
    </article>
  );
}

function stateWord(state: string, trans: Words): string {
  const words: Record<string, string> = {
    provisional: trans.__('provisional'),
    disputed: trans.__('disputed'),
    final: trans.__('final'),
    void: trans.__('void')
  };
  return words[state] ?? state;
}
