import type { JSX } from 'preact';

import type { Address, Commands, Context } from '../../context.js';
import { Button, Chip, moment, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import { Part } from './part.js';
import type { Inbox, Need } from './state.js';

interface Props {
  context: Context<unknown>;
  inbox: Inbox;
}

/** What waits for the person: each with its words, its time, and one button. */
export function Needs({ context, inbox }: Props): JSX.Element {
  const trans = useWords();
  return (
    <Part title={trans.__('Needs you')} n={inbox.needs.length}>
      {inbox.needs.length === 0 ? (
        <p class="wb-Panel-quiet">{trans.__('Nothing waits for you.')}</p>
      ) : (
        <ul class="wb-Panel-needs">
          {inbox.needs.map(need => (
            <li key={`${need.kind} ${need.id}`} class="wb-Panel-need">
              <Chip kind={need.kind === 'failed-job' ? 'failed' : 'plain'}>{kindWord(need, trans)}</Chip>
              <p>{need.words}</p>
              {need.until && (
                <p class="wb-Panel-quiet">{trans.__('until %1', moment(need.until, trans.language))}</p>
              )}
              <Answer context={context} need={need} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Answer({ context, need }: { context: Context<unknown>; need: Need }): JSX.Element | null {
  const trans = useWords();
  const press = action(context, need);
  return press && <Button onPress={press}>{verbWord(need, trans)}</Button>;
}

/** Return what the button does: the wizard goes on with a draft, the rest is signed or opened. */
function action({ commands, open }: Context<unknown>, need: Need): (() => void) | null {
  const at = addressOf(need);
  const show = open && at ? (): void => open(at) : null;
  if (need.kind === 'draft' || need.kind === 'findings') {
    return asked(commands, 'workbench:contribute', { contribution: need.id, task: need.task }) ?? show;
  }
  const names: Partial<Record<Need['kind'], string>> = {
    quarantine: 'contribution', movement: 'id', hold: 'hold', dispute: 'epoch'
  };
  const name = names[need.kind];
  return (name === undefined ? null : asked(commands, `workbench:${need.verb}`, { [name]: need.id })) ?? show;
}

function asked(
  commands: Commands | undefined, command: string, args: Record<string, unknown>
): (() => void) | null {
  return commands?.has(command) === true
    ? (): void => {
        commands.run(command, args);
      }
    : null;
}

function addressOf(need: Need): Address | null {
  return need.thing === 'contribution' || need.thing === 'epoch' || need.thing === 'job' || need.thing === 'proposal'
    ? { kind: need.thing, id: need.id }
    : null;
}

function kindWord({ kind }: Need, trans: Words): string {
  const words: Record<Need['kind'], string> = {
    draft: trans.__('draft'),
    findings: trans.__('findings'),
    quarantine: trans.__('quarantine'),
    movement: trans.__('movement'),
    window: trans.__('dispute window'),
    dispute: trans.__('dispute'),
    hold: trans.__('hold'),
    proposal: trans.__('proposal'),
    merge: trans.__('merge'),
    'failed-job': trans.__('failed')
  };
  return words[kind];
}

function verbWord({ kind }: Need, trans: Words): string {
  const words: Record<Need['kind'], string> = {
    draft: trans.__('Go on'),
    findings: trans.__('Fix'),
    quarantine: trans.__('Review…'),
    movement: trans.__('Look and approve…'),
    window: trans.__('Look at it'),
    dispute: trans.__('Decide…'),
    hold: trans.__('Take the credits…'),
    proposal: trans.__('Review…'),
    merge: trans.__('Look and merge…'),
    'failed-job': trans.__('See why')
  };
  return words[kind];
}
