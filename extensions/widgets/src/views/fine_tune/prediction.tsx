import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Api } from '../../api.js';
import { useAsked } from '../../kit/asked.js';
import { Button, ErrorCard, bytes, count, useWords } from '../../kit/index.js';
import { asProblem, type Problem } from '../../problem.js';
import { Working } from '../job/followed.js';
import { Sizes, costOf, type Predicted } from './sizes.js';
import type { Size } from './state.js';

interface PredictionProps {
  api: Api;
  task: string;
  request: { owners: string[] | null; parameters: Record<string, string | number> };
  size: Size;
  onSize: (size: Size) => void;
  job: string | null;
  onJob: (job: string | null) => void;
  /** Told whether the chosen size is known not to fit. */
  onCannot: (cannot: boolean) => void;
  isPossible: boolean;
}

interface Measured {
  sizes: readonly Predicted[];
  tokens_per_second: number | null;
  limits: { memory_bytes: number };
}

/** Sizes with what they cost, predicted from a few measured steps before anything starts. */
export function Prediction(props: PredictionProps): JSX.Element {
  const trans = useWords();
  const { api, task, request, job } = props;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  const about = JSON.stringify(request);
  // What the numbers on screen are about: a page that comes back cannot know, and takes them.
  const [measuredFor, setMeasuredFor] = useState(about);
  const [isRunning, setRunning] = useState(job !== null);
  const done = useAsked(
    signal => (job === null ? null : api.get('/jobs/{job}', { path: { job }, signal })),
    [api, job, turn]
  );
  const result = (done.value?.state === 'done' ? done.value.result : null) as Measured | null;
  const predicted = result !== null && measuredFor === about ? result.sizes : [];
  const chosen = costOf(props.size, predicted);
  const cannot = chosen !== undefined && !chosen.fits;
  useEffect(() => props.onCannot(cannot), [cannot]);
  const measure = async (): Promise<void> => {
    setProblem(null);
    try {
      const started = await api.post('/tasks/{task}/sizes', { path: { task }, body: request });
      setMeasuredFor(about);
      setRunning(true);
      props.onJob(started.id);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  // Choosing a task is asking what it costs; a page that comes back shows what was measured.
  useEffect(() => {
    if (job === null && props.isPossible) {
      void measure();
    }
  }, [task]);
  return (
    <>
      <Sizes value={props.size} onValue={props.onSize} predicted={predicted} />
      {job !== null && isRunning && (
        <Working
          key={job}
          context={{ api, source: NEVER, words: trans }}
          job={job}
          label={trans.__('Measures a few steps to predict time and memory')}
          onEnd={() => {
            setRunning(false);
            setTurn(n => n + 1);
          }}
          onAgain={() => void measure()}
        />
      )}
      {problem && <ErrorCard problem={problem} action={{ label: trans.__('Try again'), onPress: measure }} />}
      {result !== null && measuredFor === about && (
        <p class="wb-Field-help">
          {result.tokens_per_second !== null &&
            `${trans.__('Measured: %1 tokens/s.', count(Math.round(result.tokens_per_second)))} `}
          {trans.__('A job may use %1 of memory.', bytes(result.limits.memory_bytes))}{' '}
          {trans.__('A busy machine takes longer. It runs on this machine and costs no credits.')}
        </p>
      )}
      {!isRunning && problem === null && predicted.length === 0 && (
        <div class="wb-Actions">
          <Button onPress={measure} disabled={!props.isPossible}>
            {trans.__('Predict time and memory')}
          </Button>
        </div>
      )}
    </>
  );
}

const NEVER = { get: () => null, subscribe: () => () => undefined };
