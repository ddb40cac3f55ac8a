import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Api, Schemas } from '../../api.js';
import { useAsked } from '../../kit/asked.js';
import {
  Button,
  Chip,
  Empty,
  ErrorCard,
  Loading,
  Select,
  count,
  measured,
  moment,
  short,
  useWords
} from '../../kit/index.js';
import { asProblem, type Problem } from '../../problem.js';
import { BASE, MOST_MODELS, type Run } from './state.js';

interface ChooseProps {
  api: Api;
  task: string | null;
  models: readonly string[];
  onTask: (task: string) => void;
  onModels: (models: readonly string[]) => void;
  onStarted: (job: string, models: readonly string[]) => void;
}

/** Which models of which task: the champion first, at most eight. */
export function Choose(props: ChooseProps): JSX.Element {
  const trans = useWords();
  const { api, task } = props;
  const tasks = useAsked(signal => api.get('/tasks', { signal }), [api]);
  if (tasks.problem) {
    return <ErrorCard problem={tasks.problem} action={{ label: trans.__('Try again'), onPress: tasks.again }} />;
  }
  if (tasks.value === null) {
    return <Loading />;
  }
  if (tasks.value.length === 0) {
    return <Empty>{trans.__('There is no task yet. A sponsor opens one: workbench task open --help')}</Empty>;
  }
  const chosen = tasks.value.find(one => one.id === task);
  return (
    <>
      <Select
        label={trans.__('Task')}
        value={chosen?.id ?? ''}
        onValue={props.onTask}
        choices={[
          ...(chosen ? [] : [{ value: '', label: trans.__('Choose a task…') }]),
          ...tasks.value.map(one => ({ value: one.id, label: `${one.title} (${one.id})` }))
        ]}
      />
      {chosen && <Models key={chosen.id} {...props} chosen={chosen} />}
    </>
  );
}

interface Candidate {
  model: string;
  /** How it came to be. */
  about: string;
  loss: number | null;
}

function Models(props: ChooseProps & { chosen: Schemas['TaskView'] }): JSX.Element {
  const trans = useWords();
  const { api, chosen } = props;
  const [problem, setProblem] = useState<Problem | null>(null);
  const runs = useAsked(signal => api.get('/tasks/{task}/runs', { path: { task: chosen.id }, signal }), [api, chosen.id]);
  if (runs.problem) {
    return <ErrorCard problem={runs.problem} action={{ label: trans.__('Try again'), onPress: runs.again }} />;
  }
  if (runs.value === null) {
    return <Loading />;
  }
  const made = runs.value.filter(run => run.model !== null).reverse();
  const candidates: Candidate[] = made
    .filter((run, at) => made.findIndex(one => one.model === run.model) === at)
    .map(run => ({
      model: run.model ?? '',
      about: [sizeOf(run), moment(run.created_at, trans.language)].filter(Boolean).join(' · '),
      loss: run.metrics.loss ?? null
    }));
  candidates.sort((a, b) => Number(b.model === chosen.champion) - Number(a.model === chosen.champion));
  const base = (chosen.spec as { base?: { name?: string } | null }).base;
  if (base) {
    candidates.push({ model: BASE, about: base.name ?? '', loss: null });
  }
  if (candidates.length < 2) {
    return (
      <Empty>{trans.__('There is nothing to compare yet: fine-tune a model of this task first.')}</Empty>
    );
  }
  const wanted = props.models.map(model => (model === 'champion' ? chosen.champion : model));
  const known = candidates.map(one => one.model);
  const marked = new Set(wanted.filter(model => model !== null && known.includes(model)));
  if (chosen.champion !== null && known.includes(chosen.champion)) {
    marked.add(chosen.champion);
  }
  // In the order of the list: the champion is what the others are held against.
  const models = known.filter(model => marked.has(model));
  const isFull = models.length >= MOST_MODELS;
  const start = async (): Promise<void> => {
    try {
      const job = await api.post('/tasks/{task}/comparisons', { path: { task: chosen.id }, body: { models } });
      props.onStarted(job.id, models);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  return (
    <>
      <fieldset class="wb-Choices">
        <legend>{trans.__('Models, at most %1', MOST_MODELS)}</legend>
        {candidates.map(one => {
          const isChampion = one.model === chosen.champion;
          const isOn = marked.has(one.model);
          return (
            <label key={one.model} class="wb-Choice">
              <input
                type="checkbox"
                checked={isOn}
                disabled={isChampion || (isFull && !isOn)}
                onChange={() => {
                  props.onModels(known.filter(model => (model === one.model) !== marked.has(model)));
                }}
              />
              <span>
                {one.model === BASE ? trans.__('base model') : <code>{short(one.model)}</code>}{' '}
                {isChampion && <Chip>{trans.__('champion')}</Chip>}
              </span>
              <span class="wb-Choice-about">{one.about}</span>
              <span class="wb-number">{one.loss === null ? '' : trans.__('loss %1', measured(one.loss))}</span>
            </label>
          );
        })}
      </fieldset>
      <p class="wb-Field-help" aria-live="polite">
        {trans._n('One chosen.', '%1 chosen.', models.length)}{' '}
        {isFull
          ? trans.__('That is as many as one page can hold.')
          : chosen.champion === null
            ? trans.__('The first is what the others are held against.')
            : trans.__('The champion is row 1: the others are held against it.')}
      </p>
      {problem && <ErrorCard problem={problem} />}
      <div class="wb-Actions">
        <Button kind="accent" onPress={start} disabled={models.length < 2} hint={trans.__('At least two models')}>
          {trans.__('Compare %1 models', count(models.length))}
        </Button>
      </div>
    </>
  );
}

function sizeOf(run: Run): string {
  const { size } = run.details as { size?: unknown };
  return typeof size === 'string' ? size : run.kind;
}
