import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { credits, useWords } from '../../kit/index.js';
import { Open, Part } from './part.js';
import type { Inbox } from './state.js';

const PROPOSALS = 'workbench:proposals';

/** The open tasks with their pools. */
export function Tasks({ context, inbox }: { context: Context<unknown>; inbox: Inbox }): JSX.Element {
  const trans = useWords();
  return (
    <Part title={trans.__('Open tasks')} n={inbox.tasks.length}>
      {inbox.tasks.length === 0 ? (
        <p class="wb-Panel-quiet">
          {trans.__('None yet. A sponsor opens one in a notebook with bench.open_task(…), or in a terminal.')}
        </p>
      ) : (
        <ul class="wb-Panel-list">
          {inbox.tasks.map(task => (
            <li key={task.id}>
              <Open context={context} at={{ kind: 'task', id: task.id }}>
                {task.title}
              </Open>
              <p class="wb-Panel-quiet">
                {task.id} · {trans.__('pool of %1 credits', credits(task.pool))}
              </p>
              {context.commands?.has(PROPOSALS) === true && (
                <button
                  type="button"
                  class="wb-Link"
                  aria-label={trans.__('Proposals for %1', task.title)}
                  onClick={() => context.commands?.run(PROPOSALS, { task: task.id })}
                >
                  {trans.__('Proposals')}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}
