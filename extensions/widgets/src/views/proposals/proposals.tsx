import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import {
  Button,
  Chip,
  Empty,
  EpochMoney,
  ErrorCard,
  Loading,
  ShowCode,
  Table,
  credits,
  moment,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import { Open } from '../panel/part.js';
import { micro, reasonWord, stateKind, stateWord } from '../proposal/state.js';
import type { ProposalsSource, ProposalsState } from './source.js';

type Told = NonNullable<ProposalsState['told']>;
type Props = { context: Context<ProposalsState>; told: Told };

const COMPARE = 'workbench:compare';
const FUND = 'workbench:fund';

/** The models that were offered for a task, and who was champion since the first merge. */
export function ProposalList({ context }: { context: Context<ProposalsState> }): JSX.Element {
  const trans = useWords();
  const { task, told, problem } = useSource(context.source);
  return (
    <article class="wb-Card" aria-label={trans.__('Proposals for %1', task)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{trans.__('Proposals')}</h2>
        <p class="wb-Card-about">{told === null ? task : `${told.task.title} · ${task}`}</p>
      </header>
      {problem && (
        <ErrorCard
          problem={problem}
          action={{ label: trans.__('Try again'), onPress: () => (context.source as Partial<ProposalsSource>).refresh?.() }}
        />
      )}
      {told === null && problem === null && <Loading lines={5} />}
      {told && (
        <>
          <Offered context={context} told={told} />
          <Champions context={context} told={told} />
        </>
      )}
      <footer class="wb-Card-foot">
        <ShowCode
          code={`from workbench import Bench\n\ntask = Bench.open().task(${JSON.stringify(task)})\ntask.proposals()\ntask.champions()`}
        />
      </footer>
    </article>
  );
}

function Offered({ context, told }: Props): JSX.Element {
  const trans = useWords();
  const { commands } = context;
  const rows = [...told.proposals].reverse();
  if (rows.length === 0) {
    return (
      <Empty
        action={
          commands?.has(COMPARE) === true && (
            <Button kind="accent" onPress={() => commands.run(COMPARE, { task: told.task.id })}>
              {trans.__('Compare…')}
            </Button>
          )
        }
      >
        {trans.__('Nobody has proposed a model yet. Compare one with the champion: if it is better, it can be proposed there.')}
      </Empty>
    );
  }
  return (
    <Table
      caption={trans.__('Proposals, the newest first')}
      columns={[
        {
          name: trans.__('Claim'),
          cell: one => (
            <Open context={context} at={{ kind: 'proposal', id: one.id }}>
              <span class="wb-Said">{one.claim}</span>
            </Open>
          )
        },
        { name: trans.__('Owner'), cell: one => one.owner },
        { name: trans.__('State'), cell: one => <Chip kind={stateKind(one)}>{stateWord(one, trans)}</Chip> },
        { name: trans.__('Why'), cell: one => (one.reason === '' ? '' : reasonWord(one.reason, trans)) },
        { name: trans.__('Approvals'), cell: one => trans.__('%1 of %2', one.approvals, one.approvals_wanted), isNumber: true },
        { name: trans.__('Proposed'), cell: one => moment(one.created_at, trans.language) }
      ]}
      rows={rows}
      keyOf={one => one.id}
    />
  );
}

function Champions({ context, told }: Props): JSX.Element {
  const trans = useWords();
  const { champion } = told.task;
  const owners = new Map(told.proposals.map(one => [one.id, one.owner]));
  const rows = [...told.champions].reverse();
  if (rows.length === 0) {
    return (
      <>
        <p class="wb-quiet">
          {champion === null
            ? trans.__('There is no champion yet: the first model that is trained becomes it.')
            : trans.__('The champion is %1. Nobody has merged another since.', short(champion))}
        </p>
        <Bounties context={context} told={told} />
      </>
    );
  }
  return (
    <>
      <Table
        caption={trans.__('Champions, the newest first')}
        columns={[
          {
            name: trans.__('Model'),
            cell: one => (
              <span class="wb-Model">
                <Open context={context} at={{ kind: 'proposal', id: one.proposal }}>
                  <code class="wb-Nowrap">{short(one.model)}</code>
                </Open>
                {one.model === champion && one.rolled_back_at === null && <Chip kind="final">{trans.__('champion')}</Chip>}
                {one.rolled_back_at !== null && <Chip>{trans.__('rolled back')}</Chip>}
              </span>
            )
          },
          { name: trans.__('Moved by'), cell: one => owners.get(one.proposal) ?? '–' },
          { name: trans.__('In place of'), cell: one => <code class="wb-Nowrap">{short(one.base)}</code> },
          { name: trans.__('Certified gain'), cell: one => micro(one.gain), isNumber: true },
          { name: trans.__('Bounty'), cell: one => <EpochMoney amount={one.bounty} state={one.state} until={one.final_at} />, isNumber: true },
          { name: trans.__('Since'), cell: one => moment(one.created_at, trans.language) },
          {
            name: trans.__('Rolled back'),
            cell: one =>
              one.rolled_back_at === null
                ? ''
                : `${moment(one.rolled_back_at, trans.language)}: ${one.rolled_back_because ?? ''}`
          }
        ]}
        rows={rows}
        keyOf={one => one.id}
      />
      <Bounties context={context} told={told} />
    </>
  );
}

/** What waits for the next merge, and how its sponsor adds to it. */
function Bounties({ context, told }: Props): JSX.Element {
  const trans = useWords();
  const { commands } = context;
  const { id, bounties } = told.task;
  return (
    <>
      <p class="wb-quiet">{trans.__('%1 credits wait for whoever makes it better.', credits(bounties))}</p>
      {told.isSponsor && commands?.has(FUND) === true && (
        <div class="wb-Actions">
          <Button onPress={() => commands.run(FUND, { task: id, into: 'bounties' })}>{trans.__('Fund bounties…')}</Button>
        </div>
      )}
    </>
  );
}
