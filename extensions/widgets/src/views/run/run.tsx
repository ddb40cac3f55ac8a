import type { JSX } from 'preact';

import type { Api, Schemas } from '../../api.js';
import type { Context } from '../../context.js';
import { useAsked } from '../../kit/asked.js';
import { CopyLink } from '../../kit/copy_link.js';
import {
  Button,
  Chip,
  Empty,
  ErrorCard,
  LineChart,
  Loading,
  Notice,
  ShowCode,
  Table,
  count,
  measured,
  moment,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import { metricWord } from '../../kit/metric_word.js';
import { Recipe } from '../../kit/recipe.js';

/** Which run, and the run itself where the host has it already. */
export interface RunState {
  run: string;
  told: Schemas['RunView'] | null;
}

/** What a host can do with a run's model, beside showing it. */
export interface RunContext extends Context<RunState> {
  /** Open a comparison of these models. */
  compare?: (task: string, models: readonly string[]) => void;
}

/** A run as it was recorded: what it made, how, and of what. */
export function RunCard({ context }: { context: RunContext }): JSX.Element {
  const trans = useWords();
  const { run, told } = useSource(context.source);
  const { api } = context;
  const asked = useAsked(signal => api?.get('/runs/{run}', { path: { run }, signal }) ?? null, [api, run]);
  const shown = asked.value ?? told;
  if (shown !== null) {
    return <Shown context={context} run={shown} {...(api ? { api } : {})} />;
  }
  if (asked.problem) {
    return <ErrorCard problem={asked.problem} action={{ label: trans.__('Try again'), onPress: asked.again }} />;
  }
  return api ? <Loading lines={5} /> : <Empty>{trans.__('There is no run to show.')}</Empty>;
}

const MLFLOW = 'workbench:mlflow';

type Points = readonly (readonly [number, number])[];

interface Told {
  curve?: Points;
  evaluations?: Points;
  samples?: readonly { prompt: string; base: string; tuned: string }[];
  datasets?: readonly { name: string; n_rows: number }[];
  size?: string;
  seconds?: number;
  stopped_at_step?: number;
}

function Shown(props: { context: RunContext; run: Schemas['RunView']; api?: Api }): JSX.Element {
  const trans = useWords();
  const { context, run } = props;
  const told = run.details as Told;
  const metrics = Object.entries(run.metrics).sort(([a], [b]) => a.localeCompare(b));
  const lines = [
    { name: trans.__('training'), points: told.curve ?? [] },
    { name: trans.__('evaluation'), points: told.evaluations ?? [] }
  ];
  return (
    <article class="wb-Card wb-Run" aria-label={trans.__('Run %1', short(run.id))}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">
          {run.kind} · {run.task}
        </h2>
        {told.size !== undefined && <Chip>{told.size}</Chip>}
        <p class="wb-Card-about">
          <code>{short(run.id)}</code> · {moment(run.created_at, trans.language)}
          {told.seconds !== undefined && ` · ${trans.__('%1 s', measured(told.seconds, 3))}`}
        </p>
      </header>
      {told.stopped_at_step !== undefined && (
        <Notice kind="info">
          {trans.__('Somebody stopped it at step %1; it holds the best model until then.', count(told.stopped_at_step))}
        </Notice>
      )}
      {(run.withdrawn ?? []).length > 0 && (
        <Notice kind="warning">
          {trans.__('It was trained with data that were withdrawn since: %1', (run.withdrawn ?? []).map(one => one.owner).join(', '))}
        </Notice>
      )}
      <Table
        caption={trans.__('What it measured')}
        columns={[
          { name: trans.__('metric'), cell: ([name]) => metricWord(name, trans) },
          { name: trans.__('value'), cell: ([, value]) => measured(value), isNumber: true }
        ]}
        rows={metrics}
        keyOf={([name]) => name}
      />
      {lines.some(line => line.points.length > 1) && (
        <LineChart title={trans.__('Loss')} xLabel={trans.__('step')} yLabel={trans.__('nats a token')} lines={lines} />
      )}
      {(told.samples ?? []).length > 0 && (
        <Table
          caption={trans.__('What it says, and what its base said')}
          columns={[
            { name: trans.__('prompt'), cell: one => <span class="wb-Said">{one.prompt}</span> },
            { name: trans.__('base model'), cell: one => <span class="wb-Said">{one.base}</span> },
            { name: trans.__('this model'), cell: one => <span class="wb-Said">{one.tuned}</span> }
          ]}
          rows={told.samples ?? []}
          keyOf={one => one.prompt}
        />
      )}
      {(told.datasets ?? []).length > 0 && (
        <p>
          {trans.__('Data of')}{' '}
          {(told.datasets ?? [])
            .map(one => trans.__('%1 (%2 rows)', one.name, count(one.n_rows)))
            .join(', ')}
        </p>
      )}
      <div class="wb-Actions">
        {run.model !== null && context.compare && (
          <Button kind="accent" onPress={() => context.compare?.(run.task, ['champion', run.model ?? '', 'base'])}>
            {trans.__('Compare it')}
          </Button>
        )}
        {run.tracking_run !== null && context.commands?.has(MLFLOW) === true && (
          <Button onPress={() => context.commands?.run(MLFLOW, { run: run.id })}>{trans.__('Open in MLflow')}</Button>
        )}
        <CopyLink context={context} to={{ kind: 'run', id: run.id }} />
      </div>
      <footer class="wb-Card-foot">
        {run.recipe && <Recipe recipe={run.recipe} />}
        <ShowCode code={`from workbench import Bench\n\nBench.open().run("${short(run.id)}")`} />
      </footer>
    </article>
  );
}
