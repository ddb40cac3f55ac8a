import { scaleLinear, type ScaleLinear } from 'd3-scale';
import { area, line as path } from 'd3-shape';
import type { JSX } from 'preact';

import { count, measured } from './format.js';
import { Mark, MarkedName, seriesClass } from './marks.js';
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

const WIDTH = 520;
const HEIGHT = 240;
const MARGIN = { top: 10, right: 16, bottom: 40, left: 56 };
const MOST_POINTS = 400;
const MOST_MARKS = 12;

/** Curves over steps, with the same numbers as a table for whoever does not see them. */
export function LineChart(props: LineChartProps): JSX.Element | null {
  const trans = useWords();
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
  const x = scaleLinear(extent(all.map(p => p[0])), [MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear(extent(all.map(p => p[1])), [HEIGHT - MARGIN.bottom, MARGIN.top]).nice();
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
    <figure class="wb-Chart">
      <figcaption class="wb-Chart-title">{props.title}</figcaption>
      <svg class="wb-Chart-svg" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.title}>
        <Axes x={x} y={y} xLabel={props.xLabel} yLabel={props.yLabel} />
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

/** Two axes with their names; grid lines go with the y axis. */
export function Axes(props: { x: Scale; y: Scale; xLabel: string; yLabel: string }): JSX.Element {
  const { x, y } = props;
  return (
    <g class="wb-Axes" aria-hidden="true">
      {y.ticks(5).map(value => (
        <g key={value} transform={`translate(0,${y(value)})`}>
          <line class="wb-Axes-grid" x1={MARGIN.left} x2={WIDTH - MARGIN.right} />
          <text x={MARGIN.left - 6} dy="0.32em" text-anchor="end">
            {y.tickFormat(5)(value)}
          </text>
        </g>
      ))}
      {x.ticks(6).map(value => (
        <text key={value} x={x(value)} y={HEIGHT - MARGIN.bottom + 16} text-anchor="middle">
          {x.tickFormat(6)(value)}
        </text>
      ))}
      <text x={(MARGIN.left + WIDTH - MARGIN.right) / 2} y={HEIGHT - 6} text-anchor="middle">
        {props.xLabel}
      </text>
      <text transform={`translate(12,${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2}) rotate(-90)`} text-anchor="middle">
        {props.yLabel}
      </text>
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
