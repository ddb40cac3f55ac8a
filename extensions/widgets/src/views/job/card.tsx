import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Job } from '../../api.js';
import type { Context } from '../../context.js';
import {
  Button,
  Chip,
  Empty,
  ErrorCard,
  LineChart,
  Loading,
  Notice,
  Progress,
  ShowCode,
  count,
  moment,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import { CopyLink } from '../../kit/copy_link.js';
import { Recipe } from '../../kit/recipe.js';
import { asProblem, Problem, type ProblemDetails } from '../../problem.js';
import type { Words } from '../../words/index.js';
import type { JobSource } from './source.js';
import { hasEnded, type JobState } from './state.js';

type Props = { context: Context<JobState> };

/** One job: how far it is, its curve, its end; what can be done about it. */
export function JobCard({ context }: Props): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const { job } = state;
  if (state.problem !== null && job === null) {
    return <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: again(context) }} />;
  }
  if (job === null) {
    return state.connection === 'static' ? (
      <Empty>{trans.__('There is no job to show.')}</Empty>
    ) : (
      <Loading />
    );
  }
  return (
    <article class="wb-Card wb-Job" aria-label={trans.__('Job %1', short(job.id))}>
      <Head job={job} />
      {state.problem && (
        <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: again(context) }} />
      )}
      <Standing state={state} job={job} />
      <Curves state={state} />
      {state.notes.length > 0 && (
        <ul class="wb-Job-notes">
          {state.notes.slice(-5).map((note, at) => (
            <li key={at}>{note}</li>
          ))}
        </ul>
      )}
      <End job={job} />
      {context.api && !hasEnded(job) && <Actions context={context} job={job} />}
      <footer class="wb-Card-foot">
        {state.asOf !== null && <span>{trans.__('as of %1', moment(state.asOf, trans.language))}</span>}
        {job.recipe && <Recipe recipe={job.recipe} />}
        <ShowCode code={`from workbench import Bench\n\nBench.open().job("${short(job.id)}").wait()`} />
        <CopyLink context={context} to={{ kind: 'job', id: job.id }} />
      </footer>
    </article>
  );
}

function Head({ job }: { job: Job }): JSX.Element {
  const trans = useWords();
  return (
    <header class="wb-Card-head">
      <h2 class="wb-Card-title">
        {job.verb}
        {job.task !== null && ` · ${job.task}`}
      </h2>
      <Chip kind={job.state}>{stateWord(job.state, trans)}</Chip>
      <p class="wb-Card-about">
        <code>{short(job.id)}</code> · {moment(job.created_at, trans.language)}
        {job.requested_by && ` · ${job.requested_by}`}
      </p>
    </header>
  );
}

function Standing({ state, job }: { state: JobState; job: Job }): JSX.Element | null {
  const trans = useWords();
  if (hasEnded(job)) {
    return null;
  }
  const { progress, tokensPerSecond } = state;
  return (
    <>
      {progress ? (
        <Progress {...progress} />
      ) : (
        <Progress
          label={job.state === 'queued' ? trans.__('Waits for its turn') : trans.__('Begins')}
          done={0}
          total={0}
        />
      )}
      {tokensPerSecond !== null && (
        <p class="wb-Job-speed">{trans.__('%1 tokens/s', count(Math.round(tokensPerSecond)))}</p>
      )}
      {state.connection === 'waiting' && (
        <Notice kind="warning">
          {trans.__('The connection is lost and tried again. The job goes on in the server.')}
        </Notice>
      )}
    </>
  );
}

function Curves({ state }: { state: JobState }): JSX.Element | null {
  const trans = useWords();
  const lines = [
    { name: trans.__('training'), points: state.losses },
    ...Object.entries(state.evaluations).map(([on, points]) => ({ name: on, points }))
  ];
  return lines.some(line => line.points.length > 1) ? (
    <LineChart title={trans.__('Loss')} xLabel={trans.__('step')} yLabel={trans.__('nats a token')} lines={lines} />
  ) : null;
}

function End({ job }: { job: Job }): JSX.Element | null {
  const trans = useWords();
  if (job.state === 'cancelled') {
    return <Notice kind="info">{trans.__('It was cancelled. What it has stored stays.')}</Notice>;
  }
  if (job.state === 'failed' && job.problem !== null) {
    return <ErrorCard problem={new Problem(job.problem as unknown as ProblemDetails)} />;
  }
  if (job.state !== 'done') {
    return null;
  }
  const result = Object.entries(job.result ?? {}).filter(([, value]) => typeof value !== 'object');
  return (
    <Notice kind="success">
      {job.finished_at !== null && moment(job.finished_at, trans.language)}
      {result.length > 0 && (
        <dl class="wb-Facts">
          {result.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{short(String(value))}</dd>
            </div>
          ))}
        </dl>
      )}
    </Notice>
  );
}

function Actions({ context, job }: Props & { job: Job }): JSX.Element | null {
  const trans = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const { api } = context;
  if (!api) {
    return null;
  }
  const ask = (path: '/jobs/{job}/cancellation' | '/jobs/{job}/stop') => async (): Promise<void> => {
    try {
      const now = await api.post(path, { path: { job: job.id } });
      setProblem(null);
      (context.source as Partial<JobSource>).refresh?.(now);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  return (
    <>
      {problem && <ErrorCard problem={problem} />}
      <div class="wb-Actions">
        {job.verb === 'train' && job.state === 'running' && (
          <Button onPress={ask('/jobs/{job}/stop')} hint={trans.__('Ends the training and keeps the best model so far')}>
            {trans.__('Stop and keep the best')}
          </Button>
        )}
        <Button kind="danger" onPress={ask('/jobs/{job}/cancellation')} hint={trans.__('Ends the job without a result')}>
          {trans.__('Cancel')}
        </Button>
      </div>
    </>
  );
}

function again(context: Context<JobState>): () => void {
  return () => {
    (context.source as Partial<JobSource>).refresh?.();
  };
}

function stateWord(state: Job['state'], trans: Words): string {
  const words: Record<Job['state'], string> = {
    queued: trans.__('queued'),
    running: trans.__('running'),
    done: trans.__('done'),
    failed: trans.__('failed'),
    cancelled: trans.__('cancelled')
  };
  return words[state];
}
