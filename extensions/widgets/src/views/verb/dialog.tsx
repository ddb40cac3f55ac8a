import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Context } from '../../context.js';
import { Button, ErrorCard, Field, Select, SignDialog, useSource, useUniqueId, useWords } from '../../kit/index.js';
import { asProblem, type Problem } from '../../problem.js';
import { fault, isMissing, type Argument, type Call, type Facts } from './call.js';

interface Props {
  context: Context<Call>;
}

/**
 * Asks for what a verb still needs, then does it: what signs shows the record and waits for a
 * person's gesture, whatever arguments it was called with.
 */
export function VerbDialog({ context }: Props): JSX.Element | null {
  const call = useSource(context.source);
  const { api } = context;
  const [args, setArgs] = useState<Record<string, unknown> | null>(
    isMissing(call) ? null : call.given
  );
  if (!api) {
    return null;
  }
  if (args === null) {
    return <Form call={call} onGiven={call.run ? null : setArgs} />;
  }
  return (
    <SignDialog
      api={api}
      verb={call.verb}
      args={args}
      {...(call.identity ? { identity: call.identity } : {})}
      title={call.title}
      onSigned={call.onEnd}
      onCancel={() => {
        call.onEnd(null);
      }}
    />
  );
}

interface FormProps {
  call: Call;
  /** Missing where the call runs by itself. */
  onGiven: ((args: Record<string, unknown>) => void) | null;
}

function Form({ call, onGiven }: FormProps): JSX.Element {
  const trans = useWords();
  const title = useUniqueId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [texts, setTexts] = useState<Record<string, string>>(
    Object.fromEntries(call.args.map(one => [one.name, text(call.given[one.name] ?? one.usual)]))
  );
  const [isChecked, setChecked] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // What is known needs nobody; where all is known, the first can be looked at.
    const empty = call.args.findIndex(one => texts[one.name] === '');
    dialog.current?.querySelectorAll<HTMLElement>('.wb-Input')[Math.max(0, empty)]?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);

  const go = async (): Promise<void> => {
    setChecked(true);
    const wrong = call.args.findIndex(one => fault(one, texts[one.name] ?? '', trans) !== null);
    if (wrong >= 0) {
      dialog.current?.querySelectorAll<HTMLElement>('.wb-Input')[wrong]?.focus();
      return;
    }
    const args = { ...call.given, ...valuesOf(call.args, texts) };
    if (onGiven) {
      onGiven(args);
      return;
    }
    try {
      call.onEnd((await call.run?.(args)) ?? {});
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  const cancel = (): void => {
    call.onEnd(null);
  };

  return (
    <dialog
      ref={dialog}
      class="wb-Dialog"
      data-lm-suppress-shortcuts="true"
      aria-labelledby={title}
      onCancel={event => {
        event.preventDefault();
        cancel();
      }}
    >
      <form class="wb-Dialog-body" noValidate>
        <h2 class="wb-Card-title" id={title}>
          {call.title}
        </h2>
        <p class="wb-Panel-quiet">{call.caption}</p>
        {call.facts && isNamed(call, texts[call.facts.of] ?? '') && (
          <Known facts={call.facts} value={texts[call.facts.of] ?? ''} />
        )}
        {problem && <ErrorCard problem={problem} />}
        {call.args.map(one => {
          const value = texts[one.name] ?? '';
          const wrong = isChecked ? fault(one, value, trans) : null;
          const shared = {
            label: one.isRequired || one.usual !== undefined ? one.label : trans.__('%1 (optional)', one.label),
            help: one.about,
            value,
            onValue: (now: string) => {
              setTexts(known => ({ ...known, [one.name]: now }));
            },
            ...(wrong === null ? {} : { fault: wrong })
          };
          return one.options ? (
            <Select key={one.name} {...shared} choices={one.options} />
          ) : (
            <Field
              key={one.name}
              {...shared}
              kind={one.kind === 'long' || one.kind === 'number' ? one.kind : 'text'}
              {...(one.choices ? { choices: one.choices } : {})}
            />
          );
        })}
        <div class="wb-Actions">
          <Button kind="accent" isDefault onPress={go}>
            {onGiven ? trans.__('Look at what is signed…') : call.goWord}
          </Button>
          <Button onPress={cancel}>{trans.__('Cancel')}</Button>
        </div>
      </form>
    </dialog>
  );
}

/** How the thing that a field names stands now. */
function Known({ facts, value }: { facts: Facts; value: string }): JSX.Element {
  const [told, setTold] = useState('');
  useEffect(() => {
    let isOver = false;
    setTold('');
    facts.tell(value).then(
      now => {
        if (!isOver) {
          setTold(now);
        }
      },
      // The form works without; what is wrong is said when the verb is done.
      () => undefined
    );
    return () => {
      isOver = true;
    };
  }, [facts, value]);
  return <p role="status">{told}</p>;
}

/** Return whether a field names a thing that is there: what is half typed is not asked for. */
function isNamed({ args, given, facts }: Call, value: string): boolean {
  const known = args.find(one => one.name === facts?.of)?.choices ?? [];
  return value !== '' && (known.includes(value) || value === given[facts?.of ?? '']);
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function valuesOf(args: readonly Argument[], texts: Record<string, string>): Record<string, unknown> {
  const given = args
    .map(one => [one, (texts[one.name] ?? '').trim()] as const)
    .filter(([, value]) => value !== '');
  return Object.fromEntries(
    given.map(([one, value]) => [
      one.name,
      one.kind === 'number' ? Number(value) : one.kind === 'list' ? value.split(/[\s,]+/) : value
    ])
  );
}
