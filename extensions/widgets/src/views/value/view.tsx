import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Context } from '../../context.js';
import {
  Button,
  Chip,
  Empty,
  ErrorCard,
  Field,
  IntervalPlot,
  LineChart,
  Loading,
  Notice,
  PagedTable,
  Progress,
  ShowCode,
  count,
  decimalsFor,
  gain,
  moment,
  rankText,
  sharedScale,
  short,
  IntervalBar,
  useSource,
  useWords
} from '../../kit/index.js';
import { CopyLink } from '../../kit/copy_link.js';
import { asProblem, Problem, type ProblemDetails } from '../../problem.js';
import { WouldPay } from './would_pay.js';
import type { ValueSource } from './source.js';
import {
  intervals,
  isRunning,
  movements,
  nEvaluated,
  standings,
  type Standing,
  type Study,
  type ValueState
} from './state.js';

type Props = { context: Context<ValueState> };

/** More lines in one picture nobody can tell apart; the table has everybody. */
const MOST_DRAWN = 12;

/** What a task's owners are worth: values that narrow down, and what they would pay. */
export function ValueView({ context }: Props): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  if (state.problem !== null && state.task === null) {
    return <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: () => refresh(context) }} />;
  }
  if (state.task === null) {
    return <Loading lines={6} />;
  }
  const { task, study } = state;
  const rows = standings(state);
  return (
    <article class="wb-Card wb-Value" aria-label={trans.__('Value of %1', task.title)}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">{trans.__('Value of %1', task.title)}</h2>
        <StateChip state={state} />
        {study && (
          <p class="wb-Card-about">
            {trans.__('Study %1', short(study.id))} · {study.metric} · {moment(study.created_at, trans.language)}
          </p>
        )}
      </header>
      {state.problem && (
        <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: () => refresh(context) }} />
      )}
      <Going state={state} />
      <Failed state={state} />
      {study && <Budget study={study} state={state} />}
      {rows.length > 0 && study && <Values rows={rows} study={study} state={state} />}
      {!study && !isRunning(state) && (
        <Empty>{trans.__('Nobody has valued the data of this task yet.')}</Empty>
      )}
      {study?.state === 'sealed' && !isRunning(state) && (
        <WouldPay context={context} state={state} onPaid={() => refresh(context)} />
      )}
      {context.api && <Actions context={context} state={state} />}
      <footer class="wb-Card-foot">
        {state.asOf !== null && <span>{trans.__('as of %1', moment(state.asOf, trans.language))}</span>}
        <ShowCode
          code={`from workbench import Bench\n\nbench = Bench.open()\nstudy = bench.value(${JSON.stringify(task.id)})\nstudy.values`}
        />
        {study && <CopyLink context={context} to={{ kind: 'valuation', id: study.id }} />}
      </footer>
    </article>
  );
}

function StateChip({ state }: { state: ValueState }): JSX.Element | null {
  const trans = useWords();
  if (isRunning(state)) {
    return <Chip kind="running">{trans.__('valuing')}</Chip>;
  }
  switch (state.study?.state) {
    case 'sealed':
      return <Chip kind="final">{trans.__('sealed')}</Chip>;
    case 'failed':
    case 'running':
      return <Chip kind="failed">{trans.__('not finished')}</Chip>;
    case undefined:
      return null;
  }
}

function Going({ state }: { state: ValueState }): JSX.Element | null {
  const trans = useWords();
  const { job, progress } = state;
  if (!isRunning(state)) {
    return null;
  }
  return (
    <>
      {progress ? (
        <Progress
          label={progress.label}
          done={progress.done}
          total={progress.total}
          secondsLeft={progress.seconds_left ?? null}
        />
      ) : (
        <Progress
          label={job?.state === 'queued' ? trans.__('Waits for its turn') : trans.__('Begins')}
          done={0}
          total={0}
        />
      )}
      {state.connection === 'waiting' && (
        <Notice kind="warning">
          {trans.__('The connection is lost and tried again. The job goes on in the server.')}
        </Notice>
      )}
    </>
  );
}

function Failed({ state: { job } }: { state: ValueState }): JSX.Element | null {
  const trans = useWords();
  if (job?.state === 'failed' && job.problem !== null) {
    return <ErrorCard problem={new Problem(job.problem as unknown as ProblemDetails)} />;
  }
  return job?.state === 'cancelled' ? (
    <Notice kind="info">
      {trans.__('It was stopped. What was evaluated is kept: the next valuation goes on from there.')}
    </Notice>
  ) : null;
}

function Budget({ study, state }: { study: Study; state: ValueState }): JSX.Element {
  const trans = useWords();
  const n = Math.max(study.n_evaluations, nEvaluated(state.looks));
  return (
    <dl class="wb-Figures">
      <div>
        <dt>{trans.__('Evaluations')}</dt>
        <dd>{trans.__('%1 of %2', count(n), count(Math.max(study.budget, n)))}</dd>
      </div>
      {study.n_given > 0 && (
        <div>
          <dt>{trans.__('known before')}</dt>
          <dd>{count(study.n_given)}</dd>
        </div>
      )}
      <div>
        <dt>{trans.__('Owners')}</dt>
        <dd>{count(study.n_players)}</dd>
      </div>
      <div>
        <dt>{trans.__('Method')}</dt>
        <dd title={study.why_method}>{study.answered_by || study.method}</dd>
      </div>
    </dl>
  );
}

function Values({ rows, study, state }: { rows: Standing[]; study: Study; state: ValueState }): JSX.Element {
  const trans = useWords();
  const drawn = rows.slice(0, MOST_DRAWN);
  const lines = movements(state.looks, drawn);
  const percent = `${Math.round(100 * study.confidence)}\u202f%`;
  const scale = sharedScale(rows);
  const places = decimalsFor(rows);
  const isShared = rows.some(row => row.rank[0] !== row.rank[1]);
  return (
    <section class="wb-Section" aria-label={trans.__('Values')}>
      {/* One look is a picture of where values stand; several show how they came there. */}
      {lines.some(line => line.points.length > 1) && (
        <LineChart
          title={trans.__('How values and their intervals narrowed down')}
          xLabel={trans.__('evaluations')}
          yLabel={study.metric}
          lines={lines}
        />
      )}
      <IntervalPlot
        title={trans.__('Value with its %1 interval', percent)}
        xLabel={study.metric}
        rows={intervals(drawn)}
      />
      {rows.length > drawn.length && (
        <p class="wb-quiet">
          {trans.__('The pictures show the %1 highest; the table has everybody.', drawn.length)}
        </p>
      )}
      <PagedTable
        caption={trans.__('Owners by value')}
        searchLabel={trans.__('Find an owner')}
        nameOf={row => row.owner}
        rows={rows}
        keyOf={row => row.owner}
        columns={[
          { name: trans.__('Owner'), cell: row => <bdi>{row.owner}</bdi> },
          { name: trans.__('Rank'), cell: row => rankText(row.rank), isNumber: true },
          { name: trans.__('Rows'), cell: row => (row.nRows === null ? '' : count(row.nRows)), isNumber: true },
          { name: trans.__('Value, %1', study.metric), cell: row => gain(row.value, places), isNumber: true },
          {
            name: trans.__('%1 interval', percent),
            cell: row => `${gain(row.low, places)} … ${gain(row.high, places)}`,
            isNumber: true
          },
          { name: trans.__('On one scale'), cell: row => <IntervalBar {...row} scale={scale} /> }
        ]}
      />
      {isShared && <p class="wb-quiet">{trans.__('Owners whose intervals overlap share a range of ranks.')}</p>}
    </section>
  );
}

function Actions({ context, state }: Props & { state: ValueState }): JSX.Element | null {
  const trans = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [budget, setBudget] = useState('');
  const { api } = context;
  const { task, job } = state;
  if (!api || !task) {
    return null;
  }
  const attempt = async (ask: () => Promise<unknown>): Promise<void> => {
    try {
      await ask();
      setProblem(null);
      refresh(context);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  if (isRunning(state) && job) {
    return (
      <>
        {problem && <ErrorCard problem={problem} />}
        <div class="wb-Actions">
          <Button
            kind="danger"
            hint={trans.__('Ends the valuation; what was evaluated is kept')}
            onPress={() => attempt(() => api.post('/jobs/{job}/cancellation', { path: { job: job.id } }))}
          >
            {trans.__('Stop')}
          </Button>
        </div>
      </>
    );
  }
  const most = budget.trim() === '' ? null : Number(budget);
  const isFaulty = most !== null && !(Number.isInteger(most) && most >= 2);
  return (
    <section class="wb-Section" aria-label={trans.__('Value now')}>
      {problem && <ErrorCard problem={problem} />}
      <Field
        label={trans.__('Evaluations at most')}
        help={trans.__('Each trains on the rows of some owners. Empty: as many as the method needs.')}
        kind="number"
        value={budget}
        maxLength={9}
        onValue={setBudget}
        {...(isFaulty ? { fault: trans.__('“%1” is no whole number from 2 on.', budget) } : {})}
      />
      <div class="wb-Actions">
        <Button
          kind={state.study ? 'plain' : 'accent'}
          disabled={isFaulty}
          onPress={() =>
            attempt(() =>
              api.post('/tasks/{task}/valuations', {
                path: { task: task.id },
                body: {
                  method: 'auto',
                  budget: most,
                  seed: 0,
                  confidence: 0.95,
                  n_replicates: 1,
                  executor: 'local'
                }
              })
            )
          }
        >
          {state.study ? trans.__('Value again') : trans.__('Value now')}
        </Button>
      </div>
    </section>
  );
}

function refresh(context: Context<ValueState>): void {
  (context.source as Partial<ValueSource>).refresh?.();
}
