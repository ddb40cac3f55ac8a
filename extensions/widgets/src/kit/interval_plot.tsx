import { scaleLinear } from 'd3-scale';
import type { JSX } from 'preact';

import { measured } from './format.js';
import { Mark, seriesClass } from './marks.js';
import { AxisName, useRoom, widest } from './room.js';
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

/** Below so many em a name stands above its interval instead of beside it. */
const NARROW = 34;
const LONGEST_NAME = 24;

/** Values with their intervals on one scale, and the same numbers as a table. */
export function IntervalPlot(props: IntervalPlotProps): JSX.Element | null {
  const trans = useWords();
  const [ref, { width, em }] = useRoom();
  if (props.rows.length === 0) {
    return null;
  }
  const isNarrow = width < NARROW * em;
  const names = props.rows.map(({ name }) => shortened(name, isNarrow ? Math.floor(width / em) : LONGEST_NAME));
  const ends = props.rows.flatMap(row => [row.low, row.high, row.value]).filter(Number.isFinite);
  const left = isNarrow ? 1.5 * em : widest(names, em) + em;
  const right = width - 1.5 * em;
  const x = scaleLinear([Math.min(0, ...ends), Math.max(0, ...ends)], [left, right]).nice();
  const line = (isNarrow ? 3 : 1.8) * em;
  const bottom = props.rows.length * line;
  const height = bottom + 1.8 * em;
  const nTicks = Math.max(2, Math.min(5, Math.floor((right - left) / (5 * em))));
  return (
    <figure class="wb-Chart" ref={ref}>
      <figcaption class="wb-Chart-title">{props.title}</figcaption>
      <svg class="wb-Chart-svg" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.title}>
        <g aria-hidden="true">
          {x.ticks(nTicks).map(tick => (
            <g key={tick} transform={`translate(${x(tick)},0)`}>
              <line class={tick === 0 ? 'wb-Axes-zero' : 'wb-Axes-grid'} y2={bottom} />
              <text y={bottom + 1.4 * em} text-anchor="middle">
                {x.tickFormat(nTicks)(tick)}
              </text>
            </g>
          ))}
          {props.rows.map((row, at) => (
            <g
              key={row.name}
              class={seriesClass(row.mark ?? at)}
              transform={`translate(0,${(at + 1) * line - 0.9 * em})`}
            >
              {isNarrow ? (
                <text y={-em}>{names[at]}</text>
              ) : (
                <text x={left - em} dy="0.32em" text-anchor="end">
                  {names[at]}
                </text>
              )}
              {Number.isFinite(row.low) && Number.isFinite(row.high) && (
                <line class="wb-Chart-span" x1={x(row.low)} x2={x(row.high)} />
              )}
              {Number.isFinite(row.value) && <Mark mark={row.mark ?? at} x={x(row.value)} size={60} />}
            </g>
          ))}
        </g>
      </svg>
      <AxisName text={props.xLabel} isBelow />
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

function shortened(name: string, most: number): string {
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
