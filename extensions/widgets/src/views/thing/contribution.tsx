import type { JSX } from 'preact';

import type { Schemas } from '../../api.js';
import type { Context } from '../../context.js';
import { Chip, ShowCode, Table, moment, short, useWords } from '../../kit/index.js';
import type { ThingState } from './state.js';
import { Facts } from './task.js';
import { Deeds, type Deed } from './thing.js';

interface Props {
  context: Context<ThingState>;
  contribution: Schemas['ContributionView'];
}

/** A contribution: what it is, what the checks found, and what can be done with it. */
export function ContributionCard({ context, contribution }: Props): JSX.Element {
  const trans = useWords();
  const { id, state } = contribution;
  const facts: [string, string][] = [
    [trans.__('Task'), contribution.task],
    [trans.__('Owner'), contribution.owner],
    [trans.__('Rows'), trans._n('%1 row', '%1 rows', contribution.n_rows)],
    [trans.__('Licence'), contribution.license],
    [trans.__('Changed'), moment(contribution.updated_at, trans.language)]
  ];
  const of = { contribution: id };
  const deeds: Record<string, Deed[]> = {
    draft: [
      { command: 'workbench:contribute', args: { ...of, task: contribution.task }, label: trans.__('Go on'), kind: 'accent' },
      { command: 'workbench:submit', args: of, label: trans.__('Sign and submit…') }
    ],
    quarantined: [
      { command: 'workbench:review', args: of, label: trans.__('Review…') },
      { command: 'workbench:withdraw', args: of, label: trans.__('Withdraw…'), kind: 'danger' }
    ],
    accepted: [{ command: 'workbench:withdraw', args: of, label: trans.__('Withdraw…'), kind: 'danger' }]
  };
  return (
    <article class="wb-Card" aria-label={trans.__('Contribution %1', short(id))}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{contribution.file_name}</h2>
        <Chip kind={state}>{state}</Chip>
        <p class="wb-Card-about">
          <code>{short(id)}</code>
        </p>
      </header>
      <Facts facts={facts} />
      {contribution.findings.length > 0 && (
        <Table
          caption={trans.__('What the checks found')}
          columns={[
            { name: trans.__('Check'), cell: row => row.gate },
            { name: trans.__('Outcome'), cell: row => row.outcome },
            { name: trans.__('Finding'), cell: row => row.message }
          ]}
          rows={contribution.findings}
          keyOf={row => `${row.gate} ${row.code} ${row.message}`}
        />
      )}
      <Deeds context={context} deeds={deeds[state] ?? []} />
      <footer class="wb-Card-foot">
        <ShowCode code={`from workbench import Bench\n\nBench.open().contribution("${short(id)}")`} />
      </footer>
    </article>
  );
}
