import type { ComponentChildren, JSX } from 'preact';

import type { Problem } from '../problem.js';
import { Button } from './controls.js';
import { Icon, type IconName } from './icons.js';
import { useWords } from './words.js';

/** A few lines that say how something stands, by picture and by word. */
export function Notice(props: { kind: IconName; children: ComponentChildren }): JSX.Element {
  const trans = useWords();
  const names: Record<IconName, string> = {
    info: trans.__('Note'),
    warning: trans.__('Warning'),
    error: trans.__('Error'),
    success: trans.__('Done')
  };
  return (
    <div class={`wb-Notice wb-mod-${props.kind}`} role={props.kind === 'error' ? 'alert' : 'status'}>
      <Icon name={props.kind} />
      <div class="wb-Notice-text">
        <strong class="wb-Notice-word">{names[props.kind]}</strong> {props.children}
      </div>
    </div>
  );
}

/** What a screen without anything to show says, and what to do next. */
export function Empty(props: { children: ComponentChildren; action?: ComponentChildren }): JSX.Element {
  return (
    <div class="wb-Empty">
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** Grey lines where text will be. */
export function Loading({ lines = 3 }: { lines?: number }): JSX.Element {
  const trans = useWords();
  return (
    <div class="wb-Loading" role="status">
      <span class="wb-visuallyHidden">{trans.__('Loading…')}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="wb-Loading-line" aria-hidden="true" />
      ))}
    </div>
  );
}

interface ErrorCardProps {
  problem: Problem;
  /** The one button: what helps here. */
  action?: { label: string; onPress: () => void | Promise<void> };
}

/** A refusal: what was found, what is wanted, the next step, and one button that works. */
export function ErrorCard({ problem, action }: ErrorCardProps): JSX.Element {
  const trans = useWords();
  const log = problem.details.facts.log;
  const lines = typeof log === 'string' ? log.trimEnd().split('\n').slice(-20) : [];
  const rows = [
    [trans.__('Found'), problem.found],
    [trans.__('Wanted'), problem.wanted],
    [trans.__('Next step'), problem.nextStep]
  ] as const;
  return (
    <div class="wb-Notice wb-mod-error wb-ErrorCard" role="alert">
      <Icon name="error" />
      <div class="wb-Notice-text">
        <strong class="wb-Notice-word">{problem.name}</strong>
        <dl class="wb-Facts">
          {rows
            .filter(([, text]) => text !== '')
            .map(([name, text]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ))}
        </dl>
        {lines.length > 0 && (
          <details class="wb-Log">
            <summary>{trans._n('The last line of its log', 'The last %1 lines of its log', lines.length)}</summary>
            <pre tabIndex={0}>{lines.join('\n')}</pre>
          </details>
        )}
        {action && <Button onPress={action.onPress}>{action.label}</Button>}
      </div>
    </div>
  );
}
