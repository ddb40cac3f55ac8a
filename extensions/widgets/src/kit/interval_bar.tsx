import type { JSX } from 'preact';

/** The ends of a scale that intervals of one table share; zero is always on it. */
export function sharedScale(ends: readonly { low: number; high: number }[]): readonly [number, number] {
  let [low, high] = [0, 0];
  for (const end of ends) {
    low = Math.min(low, Number.isFinite(end.low) ? end.low : 0);
    high = Math.max(high, Number.isFinite(end.high) ? end.high : 0);
  }
  return low < high ? [low, high] : [low - 1, high + 1];
}

interface IntervalBarProps {
  value: number;
  low: number;
  high: number;
  scale: readonly [number, number];
}

const WIDTH = 140;
const HEIGHT = 16;
const EDGE = 5;

/** A value with its interval in a table's cell, on the scale of its column. */
export function IntervalBar({ value, low, high, scale }: IntervalBarProps): JSX.Element {
  const [from, to] = scale;
  const at = (number: number): number => EDGE + ((number - from) / (to - from)) * (WIDTH - 2 * EDGE);
  return (
    <svg class="wb-IntervalBar" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line class="wb-Axes-zero" x1={at(0)} x2={at(0)} y2={HEIGHT} />
      {Number.isFinite(low) && Number.isFinite(high) && (
        <line class="wb-IntervalBar-span" x1={at(low)} x2={at(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      )}
      {Number.isFinite(value) && <circle class="wb-IntervalBar-value" cx={at(value)} cy={HEIGHT / 2} r={4} />}
    </svg>
  );
}
