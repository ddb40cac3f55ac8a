import type { ComponentChildren, JSX, TargetedEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { useUniqueId } from './unique.js';

interface ButtonProps {
  children: ComponentChildren;
  /** Shows that it works until the promise settles, and takes no second click meanwhile. */
  onPress: () => void | Promise<void>;
  kind?: 'plain' | 'accent' | 'danger';
  disabled?: boolean;
  /** Of a form: Enter in one of its fields presses it. */
  isDefault?: boolean;
  /** Why it is disabled, or what it does; also read to a screen reader. */
  hint?: string;
}

/** A button. */
export function Button({ children, onPress, kind = 'plain', disabled, isDefault, hint }: ButtonProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const pressing = useRef(false);
  const press = async (): Promise<void> => {
    // aria-disabled keeps the focus where it was; a disabled button would lose it.
    if (disabled === true || pressing.current) {
      return;
    }
    pressing.current = true;
    setBusy(true);
    try {
      await onPress();
    } finally {
      pressing.current = false;
      setBusy(false);
    }
  };
  return (
    <button
      type={isDefault === true ? 'submit' : 'button'}
      class={`wb-Button wb-mod-${kind}`}
      aria-disabled={disabled === true || isBusy}
      aria-busy={isBusy}
      title={hint}
      onClick={event => {
        // A form has nowhere to be sent to.
        event.preventDefault();
        void press();
      }}
    >
      {children}
    </button>
  );
}

interface Labelled {
  label: string;
  help?: string;
  /** What is wrong with the value; the field is then announced as invalid. */
  fault?: string;
}

function Around(props: Labelled & { id: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="wb-Field">
      <label class="wb-Field-label" for={props.id}>
        {props.label}
      </label>
      {props.children}
      {props.help !== undefined && (
        <p class="wb-Field-help" id={`${props.id}-help`}>
          {props.help}
        </p>
      )}
      {props.fault !== undefined && (
        <p class="wb-Field-fault" id={`${props.id}-fault`} role="alert">
          {props.fault}
        </p>
      )}
    </div>
  );
}

function described(id: string, { help, fault }: Labelled): Record<string, string | boolean> {
  const ids = [help !== undefined && `${id}-help`, fault !== undefined && `${id}-fault`].filter(Boolean);
  return {
    ...(ids.length > 0 ? { 'aria-describedby': ids.join(' ') } : {}),
    ...(fault === undefined ? {} : { 'aria-invalid': true })
  };
}

interface FieldProps extends Labelled {
  value: string;
  onValue: (value: string) => void;
  kind?: 'text' | 'number' | 'search' | 'long';
  placeholder?: string;
  /** Longer input is cut by the browser, so that a paste of 10 MB stays harmless. */
  maxLength?: number;
  /** Offered while typing; anything else may be typed as well. */
  choices?: readonly string[];
}

/** A field with its label, help and fault. */
export function Field(props: FieldProps): JSX.Element {
  const id = useUniqueId();
  const shared = {
    id,
    class: 'wb-Input',
    value: props.value,
    maxLength: props.maxLength ?? 10_000,
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      props.onValue(event.currentTarget.value);
    },
    ...(props.placeholder === undefined ? {} : { placeholder: props.placeholder }),
    ...described(id, props)
  };
  return (
    <Around {...props} id={id}>
      {props.kind === 'long' ? (
        <textarea rows={4} {...shared} />
      ) : (
        <input
          {...shared}
          type={props.kind === 'search' ? 'search' : 'text'}
          inputMode={props.kind === 'number' ? 'decimal' : 'text'}
          autocomplete="off"
          {...(props.choices ? { list: `${id}-choices` } : {})}
        />
      )}
      {props.choices && (
        <datalist id={`${id}-choices`}>
          {props.choices.map(choice => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </Around>
  );
}

interface SelectProps extends Labelled {
  value: string;
  onValue: (value: string) => void;
  choices: readonly { value: string; label: string }[];
}

/** A choice of a few. */
export function Select(props: SelectProps): JSX.Element {
  const id = useUniqueId();
  return (
    <Around {...props} id={id}>
      <select
        id={id}
        class="wb-Input"
        value={props.value}
        onChange={event => {
          props.onValue(event.currentTarget.value);
        }}
        {...described(id, props)}
      >
        {props.choices.map(({ value, label }) => (
          <option key={value} value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </Around>
  );
}
