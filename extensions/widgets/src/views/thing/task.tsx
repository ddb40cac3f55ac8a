import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Chip, ShowCode, credits, moment, short, useWords } from '../../kit/index.js';
import type { Schemas } from '../../api.js';
import type { ThingState } from './state.js';
import { Deeds } from './thing.js';

interface TaskCardProps {
  context: Context<ThingState>;
  task: Schemas['TaskView'];
  /** Whether it is for who looks to fund it. */
  isSponsor: boolean;
}

/** A task: what it is for, what is in it, and what to do next. */
export function TaskCard(props: TaskCardProps): JSX.Element {
  const trans = useWords();
  const { task } = props;
  const of = { task: task.id };
  const licenses = task.spec.licenses;
  const facts: [string, string][] = [
    [trans.__('Pool'), trans.__('%1 credits', credits(task.pool))],
    [trans.__('Bounties'), trans.__('%1 credits', credits(task.bounties))],
    [trans.__('Data'), `${trans._n('%1 contribution', '%1 contributions', task.n_contributions)}, ${trans._n('%1 row', '%1 rows', task.n_rows)}`],
    [trans.__('Champion'), task.champion === null ? trans.__('none yet') : short(task.champion)],
    [trans.__('Licences'), Array.isArray(licenses) ? licenses.join(', ') : '–'],
    [trans.__('Sponsor'), task.sponsor],
    [trans.__('Opened'), moment(task.created_at, trans.language)]
  ];
  return (
    <article class="wb-Card" aria-label={trans.__('Task %1', task.id)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{task.title}</h2>
        <Chip>{task.kind}</Chip>
        <p class="wb-Card-about">
          <code>{task.id}</code>
        </p>
      </header>
      <Facts facts={facts} />
      <Deeds
        context={props.context}
        deeds={[
          { command: 'workbench:contribute', args: of, label: trans.__('Contribute…'), kind: 'accent' },
          { command: 'workbench:train', args: of, label: trans.__('Fine-tune…') },
          { command: 'workbench:compare', args: of, label: trans.__('Compare…') },
          { command: 'workbench:proposals', args: of, label: trans.__('Proposals') },
          { command: 'workbench:value', args: of, label: trans.__('Value…') },
          { command: 'workbench:leaderboard', args: of, label: trans.__('Leaderboard') },
          ...(props.isSponsor ? [{ command: 'workbench:fund', args: of, label: trans.__('Fund…') }] : [])
        ]}
      />
      <footer class="wb-Card-foot">
        <ShowCode code={`from workbench import Bench\n\nBench.open().task(${JSON.stringify(task.id)})`} />
      </footer>
    </article>
  );
}

/** Names and values. */
export function Facts({ facts }: { facts: readonly (readonly [string, string])[] }): JSX.Element {
  return (
    <dl class="wb-Facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
