import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Api, Schemas } from '../../api.js';
import { useAsked } from '../../kit/asked.js';
import {
  Button,
  Empty,
  ErrorCard,
  Field,
  Loading,
  Notice,
  Select,
  ShowCode,
  count,
  short,
  useUniqueId,
  useWords
} from '../../kit/index.js';
import { asText } from '../../kit/recipe.js';
import { asProblem, type Problem } from '../../problem.js';
import { Prediction } from './prediction.js';
import { asked, fits, knobsOf, type FineTuneState, type Knob } from './state.js';

interface FormProps {
  api: Api;
  state: FineTuneState;
  change: (part: Partial<FineTuneState>) => void;
}

/** What to fine-tune, on whose data, how long; nothing runs before "Start". */
export function Form(props: FormProps): JSX.Element {
  const trans = useWords();
  const { api, state, change } = props;
  const tasks = useAsked(signal => api.get('/tasks', { signal }), [api]);
  if (tasks.problem) {
    return <ErrorCard problem={tasks.problem} action={{ label: trans.__('Try again'), onPress: tasks.again }} />;
  }
  if (tasks.value === null) {
    return <Loading lines={5} />;
  }
  if (tasks.value.length === 0) {
    return <Empty>{trans.__('There is no task yet. A sponsor opens one: workbench task open --help')}</Empty>;
  }
  const task = tasks.value.find(one => one.id === state.task);
  return (
    <>
      {state.task !== null && task === undefined && (
        <Notice kind="warning">{trans.__('There is no task %1. Choose one of these.', state.task)}</Notice>
      )}
      <Select
        label={trans.__('Task')}
        value={task?.id ?? ''}
        onValue={id => change({ task: id, owners: null, parameters: {}, sizesJob: null })}
        choices={[
          ...(task ? [] : [{ value: '', label: trans.__('Choose a task…') }]),
          ...tasks.value.map(one => ({ value: one.id, label: `${one.title} (${one.id})` }))
        ]}
      />
      {task && <OfTask key={task.id} {...props} task={task} />}
    </>
  );
}

function OfTask({ api, state, change, task }: FormProps & { task: Schemas['TaskView'] }): JSX.Element {
  const trans = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [cannot, setCannot] = useState(false);
  const knobs = knobsOf(task.kind);
  const wrong = knobs.filter(knob => !fits(knob, state.parameters[knob.name] ?? ''));
  const request = {
    owners: state.owners === null ? null : [...state.owners],
    parameters: asked(knobs, state.parameters)
  };
  // A refusal is about what was chosen then.
  useEffect(() => setProblem(null), [JSON.stringify(request), state.size]);
  if (task.n_rows === 0) {
    return <Empty>{trans.__('Nobody has contributed to this task yet: there are no rows to train on.')}</Empty>;
  }
  const start = async (): Promise<void> => {
    try {
      const body = { ...request, size: state.size };
      const job = await api.post('/tasks/{task}/runs', { path: { task: task.id }, body });
      change({ job: job.id });
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  const whatIsMissing =
    wrong.length > 0
      ? trans.__('Correct %1 first', wrong.map(knob => knob.name).join(', '))
      : state.owners?.length === 0
        ? trans.__('Choose at least one owner')
        : cannot
          ? trans.__('This size does not fit this machine')
          : undefined;
  return (
    <>
      <Base task={task} />
      <Owners api={api} task={task} owners={state.owners} onOwners={owners => change({ owners })} />
      <Prediction
        api={api}
        task={task.id}
        request={request}
        size={state.size}
        onSize={size => change({ size })}
        job={state.sizesJob}
        onJob={sizesJob => change({ sizesJob })}
        onCannot={setCannot}
        isPossible={wrong.length === 0 && state.owners?.length !== 0}
      />
      <Expert
        knobs={knobs}
        recipe={(task.spec as { recipe?: Record<string, unknown> }).recipe ?? {}}
        typed={state.parameters}
        onTyped={parameters => change({ parameters })}
      />
      {problem && <ErrorCard problem={problem} />}
      <div class="wb-Actions">
        <Button
          kind="accent"
          onPress={start}
          disabled={whatIsMissing !== undefined}
          {...(whatIsMissing === undefined ? {} : { hint: whatIsMissing })}
        >
          {trans.__('Start')}
        </Button>
        {whatIsMissing !== undefined && <span class="wb-Field-help">{whatIsMissing}</span>}
      </div>
      <footer class="wb-Card-foot">
        <ShowCode code={codeOf(task.id, state, request.parameters)} />
      </footer>
    </>
  );
}

function Base({ task }: { task: Schemas['TaskView'] }): JSX.Element {
  const trans = useWords();
  const base = (task.spec as { base?: { name: string; digest: string } | null }).base;
  return (
    <dl class="wb-Facts">
      <div>
        <dt>{trans.__('Base')}</dt>
        <dd>
          {base ? (
            <>
              {base.name} <code>{short(base.digest)}</code>
            </>
          ) : (
            trans.__('none: its models learn from the rows alone')
          )}
        </dd>
      </div>
      <div>
        <dt>{trans.__('Champion')}</dt>
        <dd>
          {task.champion === null ? (
            trans.__('none yet: the first model of the task becomes it')
          ) : (
            <>
              <code>{short(task.champion)}</code> {trans.__('(you can compare with it at the end)')}
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}

interface OwnersProps {
  api: Api;
  task: Schemas['TaskView'];
  owners: readonly string[] | null;
  onOwners: (owners: readonly string[] | null) => void;
}

function Owners({ api, task, owners, onOwners }: OwnersProps): JSX.Element {
  const trans = useWords();
  const group = useUniqueId();
  const asking = useAsked(
    signal => api.get('/tasks/{task}/contributions', { path: { task: task.id }, signal }),
    [api, task.id]
  );
  const accepted = (asking.value ?? []).filter(one => one.state === 'accepted');
  const rows = new Map<string, number>();
  accepted.forEach(one => rows.set(one.owner, (rows.get(one.owner) ?? 0) + one.n_rows));
  const names = [...rows.keys()].sort();
  return (
    <fieldset class="wb-Choices">
      <legend>{trans.__('Data')}</legend>
      <label class="wb-Choice">
        <input type="radio" name={group} checked={owners === null} onChange={() => onOwners(null)} />
        <span>{trans.__('All: %1 rows', count(task.n_rows))}</span>
      </label>
      <label class="wb-Choice">
        <input type="radio" name={group} checked={owners !== null} onChange={() => onOwners(names.length === 1 ? names : [])} />
        <span>{trans.__('Mine, or those of some owners')}</span>
      </label>
      {asking.problem && <ErrorCard problem={asking.problem} action={{ label: trans.__('Try again'), onPress: asking.again }} />}
      {owners !== null &&
        names.map(name => (
          <label key={name} class="wb-Choice wb-mod-inner">
            <input
              type="checkbox"
              checked={owners.includes(name)}
              onChange={() =>
                onOwners(names.filter(one => (one === name) !== owners.includes(one)))
              }
            />
            <span>{trans.__('%1 (%2 rows)', name, count(rows.get(name) ?? 0))}</span>
          </label>
        ))}
    </fieldset>
  );
}

interface ExpertProps {
  knobs: readonly Knob[];
  /** What the task's rules say. */
  recipe: Readonly<Record<string, unknown>>;
  typed: Readonly<Record<string, string>>;
  onTyped: (typed: Readonly<Record<string, string>>) => void;
}

function Expert({ knobs, recipe, typed, onTyped }: ExpertProps): JSX.Element {
  const trans = useWords();
  const usual = (name: string): string =>
    name in recipe ? trans.__('%1, as the task says', asText(recipe[name])) : trans.__('as usual');
  return (
    <details class="wb-Expert">
      <summary>{trans.__('For experts: the recipe')}</summary>
      <p class="wb-Field-help">{trans.__('What is left empty stays as the task says.')}</p>
      <div class="wb-Grid">
        {knobs.map(knob => {
          const { name, kind } = knob;
          const value = typed[name] ?? '';
          const onValue = (text: string): void => onTyped({ ...typed, [name]: text });
          return typeof kind === 'object' ? (
            <Select
              key={name}
              label={name}
              value={value}
              onValue={onValue}
              choices={[{ value: '', label: usual(name) }, ...kind.map(one => ({ value: one, label: one }))]}
            />
          ) : (
            <Field
              key={name}
              label={name}
              kind="number"
              value={value}
              onValue={onValue}
              placeholder={usual(name)}
              maxLength={20}
              {...(fits(knob, value)
                ? {}
                : { fault: kind === 'whole' ? trans.__('a whole number, such as 8') : trans.__('a number, such as 0.01') })}
            />
          );
        })}
      </div>
    </details>
  );
}

/** Return the lines of Python that do the same. */
export function codeOf(
  task: string,
  state: Pick<FineTuneState, 'size' | 'owners'>,
  parameters: Readonly<Record<string, string | number>>
): string {
  const words = [
    JSON.stringify(task),
    `size=${JSON.stringify(state.size)}`,
    ...(state.owners === null ? [] : [`owners=${JSON.stringify(state.owners)}`]),
    ...Object.entries(parameters).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  ];
  return `from workbench import Bench\n\nbench = Bench.open()\nbench.train(${words.join(', ')})`;
}
