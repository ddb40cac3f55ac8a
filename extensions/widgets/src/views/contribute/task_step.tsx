import type { JSX } from 'preact';

import { Chip, Empty, Loading, credits, useWords } from '../../kit/index.js';
import type { Flow } from './flow.js';
import type { State, Task } from './state.js';

/** Which task the data are for. */
export function TaskStep({ flow, state }: { flow: Flow; state: State }): JSX.Element {
  const trans = useWords();
  if (state.tasks === null) {
    return state.problem ? <></> : <Loading />;
  }
  if (state.tasks.length === 0) {
    return (
      <Empty>
        {trans.__('No task is open yet. A sponsor opens one with: workbench task open')}
      </Empty>
    );
  }
  return (
    <ul class="wb-Contribute-tasks">
      {state.tasks.map(task => (
        <li key={task.id}>
          <button
            type="button"
            class="wb-Contribute-task"
            aria-pressed={state.kept.task === task.id}
            onClick={() => {
              flow.chooseTask(task.id);
            }}
          >
            <strong>{task.title}</strong> <Chip>{task.kind}</Chip>
            <span>
              {trans.__('Pool: %1 credits', credits(task.pool))} ·{' '}
              {trans._n('%1 row so far', '%1 rows so far', task.n_rows)}
            </span>
            <span>{trans.__('Licences: %1', licensesOf(task).join(', '))}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Return the licences that a task takes. */
export function licensesOf(task: Task | undefined): string[] {
  const listed = task?.spec.licenses;
  return Array.isArray(listed) ? listed.map(String) : [];
}
