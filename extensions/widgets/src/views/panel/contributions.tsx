import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Button, Chip, count, moment, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import { Open, Part } from './part.js';
import type { Inbox } from './state.js';

interface Props {
  context: Context<unknown>;
  inbox: Inbox;
}

type Own = Inbox['contributions'][number];

/** What became of the person's data, each with its way from draft to payment. */
export function Contributions({ context, inbox }: Props): JSX.Element {
  const trans = useWords();
  const { commands } = context;
  const n = inbox.n_contributions;
  return (
    <Part title={trans.__('My contributions')} n={n}>
      {n === 0 && (
        <p class="wb-Panel-quiet">{trans.__('None yet. Choose a task below, and bring a file.')}</p>
      )}
      <ul class="wb-Panel-list">
        {inbox.contributions.map(one => (
          <li key={one.id}>
            <details>
              <summary>
                {one.file_name} <Chip kind={one.state}>{stateWord(one.state, trans)}</Chip>
              </summary>
              <p class="wb-Panel-quiet">
                {one.task} · {trans._n('%1 row', '%1 rows', one.n_rows)} ·{' '}
                <Open context={context} at={{ kind: 'contribution', id: one.id }}>
                  {trans.__('Open')}
                </Open>
              </p>
              <Timeline of={one} />
            </details>
          </li>
        ))}
      </ul>
      {n > inbox.contributions.length && (
        <p class="wb-Panel-quiet">{trans.__('and %1 older', count(n - inbox.contributions.length))}</p>
      )}
      {commands?.has('workbench:contribute') === true && (
        <Button
          kind={n === 0 ? 'accent' : 'plain'}
          onPress={() => {
            commands.run('workbench:contribute', {});
          }}
        >
          {trans.__('Contribute…')}
        </Button>
      )}
    </Part>
  );
}

/** The steps done, with their time, and those to come. */
export function Timeline({ of }: { of: Pick<Own, 'timeline'> }): JSX.Element {
  const trans = useWords();
  return (
    <ol class="wb-Timeline">
      {of.timeline.map(step => (
        <li key={step.step} class={step.at === null ? 'wb-mod-open' : 'wb-mod-done'}>
          {step.words}
          <span class="wb-Panel-quiet">
            {' · '}
            {step.at === null ? trans.__('to come') : moment(step.at, trans.language)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function stateWord(state: string, trans: Words): string {
  const words: Record<string, string> = {
    draft: trans.__('draft'),
    submitted: trans.__('submitted'),
    quarantined: trans.__('quarantined'),
    accepted: trans.__('accepted'),
    refused: trans.__('refused'),
    withdrawn: trans.__('withdrawn')
  };
  return words[state] ?? state;
}
