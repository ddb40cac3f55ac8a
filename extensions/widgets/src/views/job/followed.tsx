import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import type { Api, Job } from '../../api.js';
import type { Context } from '../../context.js';
import { Button, ErrorCard, Progress, useSource, useWords } from '../../kit/index.js';
import { Problem, type ProblemDetails } from '../../problem.js';
import { JobCard } from './card.js';
import { jobSource, type JobSource } from './source.js';
import { hasEnded } from './state.js';

interface FollowedProps {
  context: Context<unknown> & { api: Api };
  job: string;
  /** Called once it has ended. */
  onEnd?: (job: Job) => void;
}

/** A job inside another view: its whole card. */
export function Followed(props: FollowedProps): JSX.Element {
  const source = useFollowed(props);
  return <JobCard context={{ ...props.context, source }} />;
}

interface WorkingProps extends FollowedProps {
  /** What it does, in words. */
  label: string;
  onAgain: () => void;
}

/** A short job inside another view: a bar, and why it failed. */
export function Working(props: WorkingProps): JSX.Element | null {
  const trans = useWords();
  const source = useFollowed(props);
  const { job, progress, problem } = useSource(source);
  const refusal = problem ?? (job?.problem ? new Problem(job.problem as unknown as ProblemDetails) : null);
  if (refusal !== null) {
    return <ErrorCard problem={refusal} action={{ label: trans.__('Try again'), onPress: props.onAgain }} />;
  }
  if (hasEnded(job)) {
    return null;
  }
  const waits = job?.state === 'queued';
  const cancel = async (): Promise<void> => {
    source.refresh(await props.context.api.post('/jobs/{job}/cancellation', { path: { job: props.job } }));
  };
  return (
    <div class="wb-Working">
      <Progress
        {...(progress ?? { done: 0, total: 0 })}
        label={waits ? `${props.label} · ${trans.__('Waits for its turn')}` : props.label}
      />
      <Button onPress={cancel}>{trans.__('Cancel')}</Button>
    </div>
  );
}

function useFollowed({ context, job: id, onEnd }: FollowedProps): JobSource {
  const source = useMemo(() => jobSource(context.api, id), [context.api, id]);
  useEffect(() => () => source.close(), [source]);
  const { job } = useSource(source);
  const state = job?.state;
  useEffect(() => {
    if (job !== null && hasEnded(job)) {
      onEnd?.(job);
    }
  }, [source, state]);
  return source;
}
