import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Progress, useWords } from '../../kit/index.js';
import { Open, Part } from './part.js';
import type { PanelState, Inbox } from './state.js';

interface Props {
  context: Context<unknown>;
  inbox: Inbox;
  bars: PanelState['bars'];
}

/** What runs or waits for its turn. */
export function Jobs({ context, inbox, bars }: Props): JSX.Element {
  const trans = useWords();
  return (
    <Part title={trans.__('Jobs')} n={inbox.jobs.length}>
      {inbox.jobs.length === 0 ? (
        <p class="wb-Panel-quiet">{trans.__('Nothing runs.')}</p>
      ) : (
        <ul class="wb-Panel-list">
          {inbox.jobs.map(job => {
            const bar = bars[job.id];
            return (
              <li key={job.id}>
                <Open context={context} at={{ kind: 'job', id: job.id }}>
                  {job.task === null ? job.verb : `${job.verb} · ${job.task}`}
                </Open>
                {bar ? (
                  <Progress {...bar} />
                ) : (
                  <p class="wb-Panel-quiet">
                    {job.state === 'queued' ? trans.__('Waits for its turn') : trans.__('running')}
                  </p>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Part>
  );
}
