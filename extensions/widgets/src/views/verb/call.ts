import { credits } from '../../kit/format.js';
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

/** How the thing that a field names stands now; asked for when one of the field's choices is named. */
export interface Facts {
  of: string;
  tell: (value: string) => Promise<string>;
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
  facts?: Facts;
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
      return amountFault(told, trans);
    case 'instant':
      return /(Z|[+-]\d\d:\d\d)$/.test(told) && !Number.isNaN(Date.parse(told))
        ? null
        : trans.__('A time with its zone, such as 2027-07-01T12:00:00Z.');
    default:
      return null;
  }
}

/** Of µcr, as many as a ledger holds. */
const MOST = 2n ** 63n - 1n;

function amountFault(told: string, trans: Words): string | null {
  const found = /^(\d+)(?:\.(\d{1,6}))?$/.exec(told);
  if (found === null) {
    return trans.__('“%1” is no amount: credits have a point and at most six places. Write it like 12.5.', told.slice(0, 40));
  }
  const [, whole = '', fraction = ''] = found;
  const amount = BigInt(whole + fraction.padEnd(6, '0'));
  if (amount === 0n) {
    return trans.__('“%1” moves nothing: it has to be more than 0. Write it like 12.5.', told.slice(0, 40));
  }
  return amount > MOST
    ? trans.__('“%1” is more than the %2 credits that there can be. Write less.', told.slice(0, 40), credits(MOST.toString()))
    : null;
}
