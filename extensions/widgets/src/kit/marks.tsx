import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye
} from 'd3-shape';
import type { JSX } from 'preact';

const SHAPES = [
  symbolCircle,
  symbolSquare,
  symbolTriangle,
  symbolDiamond,
  symbolCross,
  symbolStar,
  symbolWye
] as const;
const N_COLOURS = 8;

/** The class with the colour of a series; its number goes with the model, not with its place. */
export function seriesClass(mark: number): string {
  return `wb-series-${mark % N_COLOURS}`;
}

/** A marker: with seven shapes and eight colours no two of 56 look alike, colours seen or not. */
export function Mark(props: { mark: number; x?: number; y?: number; size?: number }): JSX.Element {
  const shape = SHAPES[props.mark % SHAPES.length] ?? symbolCircle;
  return (
    <path
      class={`wb-Mark ${seriesClass(props.mark)}`}
      d={symbol(shape, props.size ?? 40)() ?? ''}
      transform={`translate(${props.x ?? 0},${props.y ?? 0})`}
    />
  );
}

/** A marker with its name, for a legend. */
export function MarkedName(props: { mark: number; name: string }): JSX.Element {
  return (
    <span class="wb-Legend-item">
      <svg class="wb-Legend-mark" viewBox="-6 -6 12 12" aria-hidden="true">
        <Mark mark={props.mark} />
      </svg>
      {props.name}
    </span>
  );
}
