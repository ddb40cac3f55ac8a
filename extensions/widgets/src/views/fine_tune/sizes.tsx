import type { JSX } from 'preact';

import { Chip, bytes, count, measured, useUniqueId, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import { SIZES, type Size } from './state.js';

/** What one size will cost, as the server predicts it. */
export interface Predicted {
  size: string;
  steps: number | null;
  seconds: number;
  seconds_low: number;
  seconds_high: number;
  memory_bytes: number;
  fits: boolean;
  reason: string;
}

interface SizesProps {
  value: Size;
  onValue: (size: Size) => void;
  /** Empty until they are predicted. */
  predicted: readonly Predicted[];
}

/** Three sizes with what each will cost; one that cannot fit cannot be chosen. */
export function Sizes({ value, onValue, predicted }: SizesProps): JSX.Element {
  const trans = useWords();
  const group = useUniqueId();
  return (
    <fieldset class="wb-Sizes">
      <legend>{trans.__('Size')}</legend>
      {SIZES.map(size => {
        const one = costOf(size, predicted);
        const refused = one !== undefined && !one.fits;
        return (
          <label key={size} class={`wb-Size${size === value ? ' wb-mod-on' : ''}`}>
            <span class="wb-Size-name">
              <input
                type="radio"
                name={group}
                checked={size === value}
                disabled={refused}
                onChange={() => onValue(size)}
              />
              <strong>{nameOf(size, trans)}</strong>
              {one && <Chip kind={one.fits ? 'plain' : 'failed'}>{one.fits ? trans.__('fits') : trans.__('does not fit')}</Chip>}
            </span>
            {one ? <Cost one={one} /> : <span class="wb-Size-cost">{trans.__('not predicted yet')}</span>}
          </label>
        );
      })}
    </fieldset>
  );
}

/** Return the prediction for a size; where steps make no difference, one is good for all. */
export function costOf(size: Size, predicted: readonly Predicted[]): Predicted | undefined {
  return predicted.find(one => one.size === size) ?? (predicted.length === 1 ? predicted[0] : undefined);
}

function Cost({ one }: { one: Predicted }): JSX.Element {
  const trans = useWords();
  return (
    <>
      <span class="wb-Size-cost">
        <strong>{trans.__('about %1', duration(one.seconds))}</strong>{' '}
        {trans.__('(%1 to %2)', duration(one.seconds_low), duration(one.seconds_high))}
      </span>
      <span class="wb-Size-cost">{trans.__('%1 of memory', bytes(one.memory_bytes))}</span>
      {one.steps !== null && <span class="wb-Size-cost">{trans._n('%1 step', '%1 steps', one.steps, count(one.steps))}</span>}
      {one.reason !== '' && <span class="wb-Size-reason">{one.reason}</span>}
    </>
  );
}

/** Return a length of time with its unit. */
export function duration(seconds: number): string {
  if (seconds < 100) {
    return `${measured(seconds, 2)}\u202fs`;
  }
  return seconds < 6000 ? `${measured(seconds / 60, 2)}\u202fmin` : `${measured(seconds / 3600, 2)}\u202fh`;
}

function nameOf(size: Size, trans: Words): string {
  const names: Record<Size, string> = {
    quick: trans.__('Quick'),
    standard: trans.__('Standard'),
    thorough: trans.__('Thorough')
  };
  return names[size];
}
