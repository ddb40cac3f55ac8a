import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Api, Job } from '../../api.js';
import type { Context } from '../../context.js';
import { useAsked } from '../../kit/asked.js';
import { Button, Empty, Notice, count, measured, useSource, useWords } from '../../kit/index.js';
import { Followed } from '../job/followed.js';
import { Form } from './form.js';
import type { FineTuneState } from './state.js';

/** What a host can do with the model that was made. */
export interface FineTuneContext extends Context<FineTuneState> {
  /** Open a comparison of these models. */
  compare?: (task: string, models: readonly string[]) => void;
}

/** Fine-tune: choose, see what it costs, start, watch; what runs goes on without this page. */
export function FineTune({ context }: { context: FineTuneContext }): JSX.Element {
  const trans = useWords();
  const given = useSource(context.source);
  const [state, setState] = useState(given);
  useEffect(() => setState(given), [given]);
  const latest = useRef(state);
  latest.current = state;
  const change = (part: Partial<FineTuneState>): void => {
    // Of two changes in one moment the second must not undo the first.
    latest.current = { ...latest.current, ...part };
    setState(latest.current);
    context.onState?.({ ...latest.current });
  };
  const { api } = context;
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(state.job);
  useEffect(() => {
    if (before.current !== state.job) {
      before.current = state.job;
      heading.current?.focus();
    }
  }, [state.job]);
  return (
    <article class="wb-Card wb-FineTune" aria-label={trans.__('Fine-tune')}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title" tabIndex={-1} ref={heading}>
          {state.job === null ? trans.__('Fine-tune a model') : trans.__('Fine-tune')}
          {state.job !== null && state.task !== null && ` · ${state.task}`}
        </h2>
      </header>
      {api === undefined ? (
        <Empty>{trans.__('Nothing can be asked from here. Open this notebook in JupyterLab or Notebook 7.')}</Empty>
      ) : state.job === null ? (
        <>
          {state.task !== null && (
            <Running key={state.task} api={api} task={state.task} onShow={job => change({ job })} />
          )}
          <Form api={api} state={state} change={change} />
        </>
      ) : (
        <Trained key={state.job} context={{ ...context, api }} job={state.job} onAnother={() => change({ job: null })} />
      )}
    </article>
  );
}

/** A fine-tune of the task that runs already: from another page, or before this one was reloaded. */
function Running(props: { api: Api; task: string; onShow: (job: string) => void }): JSX.Element | null {
  const trans = useWords();
  const { api, task } = props;
  const jobs = useAsked(signal => api.get('/jobs', { query: { task }, signal }), [api, task]);
  const running = (jobs.value ?? []).filter(
    job => job.verb === 'train' && (job.state === 'running' || job.state === 'queued')
  );
  const last = running.at(-1);
  return last === undefined ? null : (
    <Notice kind="info">
      {trans._n(
        'A fine-tune of this task is on its way.',
        '%1 fine-tunes of this task are on their way.',
        running.length
      )}
      <Button onPress={() => props.onShow(last.id)}>{trans.__('Show it')}</Button>
    </Notice>
  );
}

interface TrainedProps {
  context: FineTuneContext & { api: Api };
  job: string;
  onAnother: () => void;
}

interface Result {
  run?: string;
  model?: string;
  metrics?: Record<string, number>;
  stopped_at_step?: number;
}

function Trained({ context, job, onAnother }: TrainedProps): JSX.Element {
  const trans = useWords();
  const [ended, setEnded] = useState<Job | null>(null);
  const result = (ended?.state === 'done' ? ended.result : null) as Result | null;
  const { compare, open } = context;
  const { run, model } = result ?? {};
  const task = ended?.task ?? null;
  return (
    <>
      {result !== null && <Outcome result={result} />}
      {ended !== null && (
        <div class="wb-Actions">
          {model !== undefined && task !== null && compare && (
            <Button kind="accent" onPress={() => compare(task, ['champion', model, 'base'])}>
              {trans.__('Compare it')}
            </Button>
          )}
          {run !== undefined && open && (
            <Button onPress={() => open({ kind: 'run', id: run })}>{trans.__('Open the run')}</Button>
          )}
          <Button onPress={onAnother}>{trans.__('Fine-tune another')}</Button>
        </div>
      )}
      <Followed context={context} job={job} onEnd={setEnded} />
    </>
  );
}

function Outcome({ result }: { result: Result }): JSX.Element | null {
  const trans = useWords();
  const { loss, base_loss: base } = result.metrics ?? {};
  if (loss === undefined) {
    return null;
  }
  return (
    <div class="wb-Verdict" role="status">
      <p class="wb-Verdict-which">
        {base === undefined
          ? trans.__('It has learnt: loss %1 on the hidden test.', measured(loss))
          : loss < base
            ? trans.__('It has learnt: loss %1 on the hidden test, %2 before.', measured(loss), measured(base))
            : trans.__('It has not become better: loss %1 on the hidden test, %2 before.', measured(loss), measured(base))}
      </p>
      {result.stopped_at_step !== undefined && (
        <p>{trans.__('Stopped at step %1; the best model until then was kept.', count(result.stopped_at_step))}</p>
      )}
      <p>{trans.__('Whether that is more than chance a comparison says.')}</p>
    </div>
  );
}
