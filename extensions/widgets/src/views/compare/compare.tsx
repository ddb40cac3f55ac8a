import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Api, Job } from '../../api.js';
import type { Context } from '../../context.js';
import { useAsked } from '../../kit/asked.js';
import { CopyLink } from '../../kit/copy_link.js';
import { Button, Empty, ErrorCard, Loading, Notice, ShowCode, moment, short, useSource, useWords } from '../../kit/index.js';
import { Working } from '../job/followed.js';
import { Choose } from './choose.js';
import { Propose } from '../propose.js';
import { ranked, readFound, type Found } from './details.js';
import { Report } from './report.js';
import { Ask } from './said.js';
import { BASE, type CompareState, type Told } from './state.js';

type Props = { context: CompareContext };

/** What a host knows beside what is compared. */
export interface CompareContext extends Context<CompareState> {
  /** Whose key signs a proposal; whom the server names where it is missing. */
  identity?: string;
}

/** Models side by side: choose, wait, read. */
export function Compare({ context }: Props): JSX.Element {
  const trans = useWords();
  const given = useSource(context.source);
  const [state, setState] = useState(given);
  // A host that changes what it keeps, such as a command with other models, is followed.
  useEffect(() => setState(given), [given]);
  const change = (part: Partial<CompareState>): void => {
    const next = { ...state, ...part };
    setState(next);
    context.onState?.({ task: next.task, models: next.models, job: next.job, run: next.run });
  };
  const { api } = context;
  const heading = useRef<HTMLHeadingElement>(null);
  const step = state.run !== null ? 'report' : state.job !== null ? 'job' : 'choose';
  const before = useRef(step);
  useEffect(() => {
    if (before.current !== step) {
      before.current = step;
      heading.current?.focus();
    }
  }, [step]);
  return (
    <article class="wb-Card wb-Compare" aria-label={trans.__('Compare models')}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title" tabIndex={-1} ref={heading}>
          {trans.__('Compare models')}
          {state.task !== null && ` · ${state.task}`}
        </h2>
      </header>
      {api === undefined ? (
        state.told ? (
          <Page context={context} told={state.told} />
        ) : (
          <Empty>{trans.__('Nothing can be asked from here. Open this notebook in JupyterLab or Notebook 7.')}</Empty>
        )
      ) : state.run !== null ? (
        <Loaded
          context={{ ...context, api }}
          run={state.run}
          told={state.told}
          onOthers={() => change({ job: null, run: null, told: null })}
        />
      ) : state.job !== null ? (
        <Working
          context={{ ...context, api }}
          job={state.job}
          label={trans.__('Every model answers every hidden item')}
          onEnd={(job: Job) => {
            const { run } = (job.result ?? {}) as { run?: unknown };
            change(typeof run === 'string' ? { run } : job.state === 'cancelled' ? { job: null } : {});
          }}
          onAgain={() => change({ job: null })}
        />
      ) : (
        <Choose
          api={api}
          task={state.task}
          models={state.models}
          onTask={task => change({ task, models: [] })}
          onModels={models => change({ models })}
          onStarted={(job, models) => change({ job, models })}
        />
      )}
    </article>
  );
}

interface LoadedProps {
  context: CompareContext & { api: Api };
  run: string;
  told: Told | null;
  onOthers: () => void;
}

function Loaded({ context, run, told, onOthers }: LoadedProps): JSX.Element {
  const trans = useWords();
  const asked = useAsked(signal => load(context.api, run, signal), [context.api, run]);
  const shown = asked.value ?? told;
  if (asked.problem && shown === null) {
    return <ErrorCard problem={asked.problem} action={{ label: trans.__('Try again'), onPress: asked.again }} />;
  }
  return shown === null ? (
    <Loading lines={6} />
  ) : (
    <>
      <Page context={context} told={shown} />
      <div class="wb-Actions">
        <Button onPress={onOthers}>{trans.__('Compare others')}</Button>
        <CopyLink context={context} to={{ kind: 'comparison', id: run }} />
      </div>
    </>
  );
}

async function load(api: Api, run: string, signal: AbortSignal): Promise<Told> {
  const view = await api.get('/runs/{run}', { path: { run }, signal });
  const path = { path: { task: view.task }, signal };
  const [task, runs, proposals] = await Promise.all([
    api.get('/tasks/{task}', path),
    api.get('/tasks/{task}/runs', path),
    api.get('/tasks/{task}/proposals', path)
  ]);
  const hasProposals = proposals.length > 0;
  return { view, champion: task.champion, runs, hasProposals, writes: task.kind === 'causal-lm' || task.kind === 'translation' };
}

function Page({ context, told }: { context: CompareContext; told: Told }): JSX.Element {
  const trans = useWords();
  const { view } = told;
  const found = readFound(view);
  if (found === null) {
    return <Notice kind="warning">{trans.__('The run %1 holds no comparison with scores.', short(view.id))}</Notice>;
  }
  const nameOf = (model: string): string => (model === BASE ? trans.__('base model') : short(model));
  const made = told.runs.filter(run => run.model !== null);
  const runs = Object.fromEntries(made.map(run => [run.model ?? '', run]));
  const named = found.models.map(model => `"${short(model)}"`).join(', ');
  return (
    <>
      <Report found={found} champion={told.champion} runs={runs} nameOf={nameOf} />
      {context.api && told.writes && (
        <Ask api={context.api} task={view.task} models={found.models} nameOf={nameOf} />
      )}
      <Better context={context} told={told} found={found} nameOf={nameOf} />
      <footer class="wb-Card-foot">
        <span>
          {trans.__('Comparison %1, %2', short(view.id), moment(view.created_at, trans.language))}
        </span>
        <ShowCode
          code={`from workbench import Bench\n\nbench = Bench.open()\nbench.comparison("${short(view.id)}")\n# models: ${named}`}
        />
      </footer>
    </>
  );
}

interface BetterProps {
  context: CompareContext;
  told: Told;
  found: Found;
  nameOf: (model: string) => string;
}

/** The way to a proposal, where a model of somebody's fine-tune beats the champion. */
function Better({ context, told, found, nameOf }: BetterProps): JSX.Element | null {
  const trans = useWords();
  const { api, open, identity } = context;
  const [first, best] = ranked(found);
  if (!api || first === undefined || best === undefined || first.model !== told.champion) {
    return null;
  }
  // Before the first proposal the best model is the champion, and is itself what can be proposed.
  const isFirst = told.hasProposals === false && best.verdict === 'worse';
  const { model } = isFirst ? first : best;
  const run = told.runs.find(one => one.kind === 'fine-tune' && one.model === model);
  if (run === undefined || !(isFirst || best.verdict === 'better')) {
    return null;
  }
  const given = { api, ...(open ? { open } : {}), ...(identity ? { identity } : {}) };
  return (
    <Propose
      key={run.id}
      context={given}
      run={run.id}
      about={
        isFirst
          ? trans.__('%1 beats the others, and nobody has proposed a model yet. Proposed, it can be merged, and its gain is paid.', nameOf(model))
          : trans.__('%1 beats the champion. Proposed, it can be merged in its place, and its gain is paid.', nameOf(model))
      }
    />
  );
}
