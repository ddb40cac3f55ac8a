import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { area, line as path } from 'd3-shape';
import type { JSX } from 'preact';

import { count, measured } from './format.js';
import { Mark, MarkedName, seriesClass } from './marks.js';
import { AxisName, useRoom, widest } from './room.js';
import { Table } from './table.js';
import { useWords } from './words.js';

/** One curve. */
export interface Line {
  name: string;
  points: readonly (readonly [number, number])[];
  /** The interval around each of its points. */
  band?: readonly (readonly [x: number, low: number, high: number])[];
  /** Number of its colour and marker; its place unless given. */
  mark?: number;
}

interface LineChartProps {
  title: string;
  xLabel: string;
  yLabel: string;
  lines: readonly Line[];
}

const MOST_POINTS = 400;
const MOST_MARKS = 12;
const N_TICKS = 5;

/** Curves over steps, with the same numbers as a table for whoever does not see them. */
export function LineChart(props: LineChartProps): JSX.Element | null {
  const trans = useWords();
  const [ref, { width, em }] = useRoom();
  const lines = props.lines
    .map((line, at) => ({ ...line, mark: line.mark ?? at, points: thinned(line.points, MOST_POINTS) }))
    .filter(line => line.points.length > 0);
  if (lines.length === 0) {
    return null;
  }
  const all = lines.flatMap(line => [
    ...line.points,
    ...(line.band ?? []).flatMap(([at, low, high]) => [[at, low] as const, [at, high] as const])
  ]);
  const height = Math.min(Math.max(width / 2, 15 * em), 20 * em);
  const bottom = height - 1.8 * em;
  const y = scaleLinear(extent(all.map(p => p[1])), [bottom, 0.8 * em]).nice();
  const left = widest(y.ticks(N_TICKS).map(y.tickFormat(N_TICKS)), em) + 0.5 * em;
  const right = width - 1.5 * em;
  const x = scaleLinear(extent(all.map(p => p[0])), [left, right]);
  const draw = path<readonly [number, number]>(
    p => x(p[0]),
    p => y(p[1])
  );
  const fill = area<readonly [number, number, number]>(
    p => x(p[0]),
    p => y(p[1]),
    p => y(p[2])
  );
  return (
    <figure class="wb-Chart" ref={ref}>
      <figcaption class="wb-Chart-title">{props.title}</figcaption>
      <AxisName text={props.yLabel} />
      <svg class="wb-Chart-svg" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.title}>
        <Axes x={x} y={y} em={em} />
        {lines.map(line => (
          <g key={line.name}>
            {line.band && <path class={`wb-Chart-band ${seriesClass(line.mark)}`} d={fill(line.band) ?? ''} />}
            <path class={`wb-Chart-line ${seriesClass(line.mark)}`} d={draw(line.points) ?? ''} />
            {thinned(line.points, MOST_MARKS).map(([step, value]) => (
              <Mark key={step} mark={line.mark} x={x(step)} y={y(value)} />
            ))}
          </g>
        ))}
      </svg>
      <AxisName text={props.xLabel} isBelow />
      <div class="wb-Legend">
        {lines.map(line => (
          <MarkedName key={line.name} mark={line.mark} name={line.name} />
        ))}
      </div>
      <details>
        <summary>{trans.__('As a table')}</summary>
        <Table
          caption={props.title}
          hideCaption
          columns={[
            { name: trans.__('Curve'), cell: row => row.name },
            { name: props.xLabel, cell: row => exact(row.point[0]), isNumber: true },
            { name: props.yLabel, cell: row => measured(row.point[1]), isNumber: true }
          ]}
          rows={lines.flatMap(({ name, points }) => points.map(point => ({ name, point })))}
          keyOf={row => `${row.name} ${row.point[0]}`}
        />
      </details>
    </figure>
  );
}

function exact(x: number): string {
  return Number.isInteger(x) ? count(x) : measured(x);
}

type Scale = ScaleLinear<number, number>;

/** Two axes; grid lines go with the y axis. */
function Axes({ x, y, em }: { x: Scale; y: Scale; em: number }): JSX.Element {
  const [left, right] = x.range() as [number, number];
  const [bottom] = y.range() as [number, number];
  const nTicks = Math.max(2, Math.min(6, Math.floor((right - left) / (5 * em))));
  return (
    <g class="wb-Axes" aria-hidden="true">
      {y.ticks(N_TICKS).map(value => (
        <g key={value} transform={`translate(0,${y(value)})`}>
          <line class="wb-Axes-grid" x1={left} x2={right} />
          <text x={left - 0.5 * em} dy="0.32em" text-anchor="end">
            {y.tickFormat(N_TICKS)(value)}
          </text>
        </g>
      ))}
      {x.ticks(nTicks).map(value => (
        <text key={value} x={x(value)} y={bottom + 1.4 * em} text-anchor="middle">
          {x.tickFormat(nTicks)(value)}
        </text>
      ))}
    </g>
  );
}

function extent(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

/** Return at most so many items, evenly, with the first and the last. */
export function thinned<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) {
    return items;
  }
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, at) => items[Math.round(at * step)] as T);
}
