import type { Words } from '../../words/index.js';

/** One thing that a verb is told. */
export interface Argument {
  name: string;
  label: string;
  /** Also the description in the command's JSON schema. */
  about: string;
  kind?: 'text' | 'long' | 'number' | 'list' | 'amount' | 'instant';
  isRequired?: boolean;
  usual?: string;
  /** One of these and nothing else. */
  options?: readonly { value: string; label: string }[];
  /** Offered while typing. */
  choices?: readonly string[];
}

/** A verb that is about to be done. */
export interface Call {
  verb: string;
  title: string;
  caption: string;
  goWord: string;
  args: readonly Argument[];
  given: Record<string, unknown>;
  identity?: string;
  /** What runs without a signature; missing for a verb that signs. */
  run?: (args: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** Told the result, or null when the person left. */
  onEnd: (result: Record<string, unknown> | null) => void;
}

/** Return whether something has to be asked for first. */
export function isMissing(call: Pick<Call, 'args' | 'given'>): boolean {
  return call.args.some(one => one.isRequired === true && (call.given[one.name] ?? '') === '');
}

/** Return what is wrong with a field, in words; null when nothing is. */
export function fault(argument: Argument, value: string, trans: Words): string | null {
  const told = value.trim();
  if (told === '') {
    return argument.isRequired === true ? trans.__('This is needed.') : null;
  }
  switch (argument.kind) {
    case 'number':
      return Number.isFinite(Number(told)) ? null : trans.__('A number, such as 12.');
    case 'amount':
      return /^\d+(\.\d{1,6})?$/.test(told)
        ? null
        : trans.__('Credits with a point and at most six places, such as 12.5.');
    case 'instant':
      return /(Z|[+-]\d\d:\d\d)$/.test(told) && !Number.isNaN(Date.parse(told))
        ? null
        : trans.__('A time with its zone, such as 2027-07-01T12:00:00Z.');
    default:
      return null;
  }
}
