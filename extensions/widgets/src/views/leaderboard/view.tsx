import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Context } from '../../context.js';
import {
  Empty,
  EpochMoney,
  ErrorCard,
  IntervalBar,
  Loading,
  PagedTable,
  Select,
  ShowCode,
  count,
  credits,
  decimalsFor,
  gain,
  moment,
  rankText,
  sharedScale,
  useSource,
  useWords
} from '../../kit/index.js';
import { WhyPanel } from './why_panel.js';
import { Models } from './models.js';
import type { BoardSource } from './source.js';
import { ownerLines, shownEpoch, type BoardState, type Epoch, type OwnerLine } from './state.js';

type Props = { context: Context<BoardState> };

/** A task's owners by value and its models by metric. */
export function LeaderboardView({ context }: Props): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const [asked, setAsked] = useState<{ epoch: string; owner: string } | null>(null);
  const source = context.source as BoardSource;
  const { api } = context;
  const problem = state.problem && (
    <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: () => source.refresh() }} />
  );
  if (state.tasks === null) {
    return problem ?? <Loading lines={6} />;
  }
  if (state.tasks.length === 0) {
    return <Empty>{trans.__('There is no task yet, so nobody is on a leaderboard.')}</Empty>;
  }
  const task = state.tasks.find(one => one.id === state.task) ?? null;
  const epoch = shownEpoch(state);
  const explain = (owner: string): void => {
    if (epoch === null) {
      return;
    }
    if (context.open) {
      context.open({ kind: 'payout', id: `${epoch.id}:${owner}` });
    } else {
      setAsked({ epoch: epoch.id, owner });
    }
  };
  const title = trans.__('Leaderboard of %1', task?.title ?? state.task ?? '');
  return (
    <article class="wb-Card wb-Board" aria-label={title}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{title}</h2>
      </header>
      <Filters state={state} source={source} />
      {problem}
      {state.epochs === null && problem === null && <Loading lines={6} />}
      {epoch && <Owners epoch={epoch} {...(context.open ?? api ? { explain } : {})} />}
      {state.epochs?.length === 0 && (
        <Empty>{trans.__('This task has paid nobody yet: value its data, then pay by the study.')}</Empty>
      )}
      {asked && api && (
        <WhyPanel key={JSON.stringify(asked)} api={api} {...asked} onClose={() => setAsked(null)} />
      )}
      <Models state={state} source={source} champion={task?.champion ?? null} />
      <footer class="wb-Card-foot">
        {state.asOf !== null && <span>{trans.__('as of %1', moment(state.asOf, trans.language))}</span>}
        {task && (
          <ShowCode
            code={`from workbench import Bench\n\nbench = Bench.open()\nbench.leaderboard(${JSON.stringify(task.id)})`}
          />
        )}
      </footer>
    </article>
  );
}

function Filters({ state, source }: { state: BoardState; source: BoardSource }): JSX.Element {
  const trans = useWords();
  const epochs = [...(state.epochs ?? [])].reverse();
  return (
    <div class="wb-Filters">
      {(state.tasks?.length ?? 0) > 1 && (
        <Select
          label={trans.__('Task')}
          value={state.task ?? ''}
          choices={(state.tasks ?? []).map(task => ({ value: task.id, label: task.title }))}
          onValue={task => source.choose({ task })}
        />
      )}
      {epochs.length > 1 && (
        <Select
          label={trans.__('Epoch')}
          value={String(shownEpoch(state)?.number ?? '')}
          choices={epochs.map(epoch => ({
            value: String(epoch.number),
            label: trans.__('Epoch %1, %2', epoch.number, moment(epoch.created_at, trans.language))
          }))}
          onValue={number => source.choose({ epoch: Number(number) })}
        />
      )}
    </div>
  );
}

interface OwnersProps {
  epoch: Epoch;
  explain?: (owner: string) => void;
}

function Owners({ epoch, explain }: OwnersProps): JSX.Element {
  const trans = useWords();
  const lines = ownerLines(epoch);
  const places = decimalsFor(lines);
  const scale = sharedScale(lines);
  const name = (line: OwnerLine): JSX.Element =>
    explain ? (
      <button
        type="button"
        class="wb-Link"
        title={trans.__('Why this amount?')}
        onClick={() => explain(line.owner)}
      >
        <bdi>{line.owner}</bdi>
      </button>
    ) : (
      <bdi>{line.owner}</bdi>
    );
  return (
    <section class="wb-Section" aria-label={trans.__('Owners')}>
      <PagedTable
        caption={trans.__('Owners by value, epoch %1', epoch.number)}
        searchLabel={trans.__('Find an owner')}
        nameOf={line => line.owner}
        rows={lines}
        keyOf={line => line.owner}
        columns={[
          { name: trans.__('Owner'), cell: name },
          { name: trans.__('Rank'), cell: line => rankText(line.rank), isNumber: true },
          { name: trans.__('Rows'), cell: line => count(line.nRows), isNumber: true },
          { name: trans.__('Value'), cell: line => gain(line.value, places), isNumber: true },
          {
            name: trans.__('%1 interval', '95\u202f%'),
            cell: line => `${gain(line.low, places)} … ${gain(line.high, places)}`,
            isNumber: true
          },
          { name: trans.__('On one scale'), cell: line => <IntervalBar {...line} scale={scale} /> },
          {
            name: trans.__('Payout'),
            cell: line => (
              <EpochMoney amount={line.amount} state={epoch.state} until={epoch.final_at ?? null} />
            ),
            isNumber: true
          }
        ]}
      />
      <p>
        {trans.__(
          'Pool %1 credits: %2 to owners, %3 back to the sponsor.',
          credits(epoch.pool),
          credits(epoch.paid),
          credits(epoch.returned)
        )}
      </p>
      {lines.some(line => line.rank[0] !== line.rank[1]) && (
        <p class="wb-quiet">{trans.__('Owners whose intervals overlap share a range of ranks.')}</p>
      )}
    </section>
  );
}

