import { scaleLinear } from 'd3-scale';
import type { JSX } from 'preact';

import { measured } from './format.js';
import { Mark, seriesClass } from './marks.js';
import { Table } from './table.js';
import { useWords } from './words.js';

/** A measured value with the interval it lies in. */
export interface Interval {
  name: string;
  value: number;
  low: number;
  high: number;
  /** Number of its colour and marker; its place unless given. */
  mark?: number;
}

interface IntervalPlotProps {
  title: string;
  /** With its unit. */
  xLabel: string;
  rows: readonly Interval[];
}

const WIDTH = 520;
const NAMES = 150;
const RIGHT = 16;
const ROW = 24;
const BOTTOM = 40;
const LONGEST_NAME = 24;

/** Values with their intervals on one scale, and the same numbers as a table. */
export function IntervalPlot(props: IntervalPlotProps): JSX.Element | null {
  const trans = useWords();
  if (props.rows.length === 0) {
    return null;
  }
  const ends = props.rows.flatMap(row => [row.low, row.high, row.value]).filter(Number.isFinite);
  const x = scaleLinear([Math.min(0, ...ends), Math.max(0, ...ends)], [NAMES, WIDTH - RIGHT]).nice();
  const height = props.rows.length * ROW + BOTTOM;
  const bottom = height - BOTTOM;
  return (
    <figure class="wb-Chart">
      <figcaption class="wb-Chart-title">{props.title}</figcaption>
      <svg class="wb-Chart-svg" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={props.title}>
        <g aria-hidden="true">
          {x.ticks(5).map(tick => (
            <g key={tick} transform={`translate(${x(tick)},0)`}>
              <line class={tick === 0 ? 'wb-Axes-zero' : 'wb-Axes-grid'} y2={bottom} />
              <text y={bottom + 16} text-anchor="middle">
                {x.tickFormat(5)(tick)}
              </text>
            </g>
          ))}
          <text x={(NAMES + WIDTH - RIGHT) / 2} y={height - 6} text-anchor="middle">
            {props.xLabel}
          </text>
          {props.rows.map((row, at) => (
            <g
              key={row.name}
              class={seriesClass(row.mark ?? at)}
              transform={`translate(0,${at * ROW + ROW / 2})`}
            >
              <text x={NAMES - 10} dy="0.32em" text-anchor="end">
                {row.name.length > LONGEST_NAME ? `${row.name.slice(0, LONGEST_NAME - 1)}…` : row.name}
              </text>
              {Number.isFinite(row.low) && Number.isFinite(row.high) && (
                <line class="wb-Chart-span" x1={x(row.low)} x2={x(row.high)} />
              )}
              {Number.isFinite(row.value) && <Mark mark={row.mark ?? at} x={x(row.value)} size={60} />}
            </g>
          ))}
        </g>
      </svg>
      <details>
        <summary>{trans.__('As a table')}</summary>
        <Table
          caption={props.title}
          hideCaption
          columns={[
            { name: trans.__('Name'), cell: row => row.name },
            { name: props.xLabel, cell: row => measured(row.value), isNumber: true },
            { name: trans.__('from'), cell: row => measured(row.low), isNumber: true },
            { name: trans.__('to'), cell: row => measured(row.high), isNumber: true }
          ]}
          rows={props.rows}
          keyOf={row => row.name}
        />
      </details>
    </figure>
  );
}
