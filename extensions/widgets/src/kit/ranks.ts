/** The best and the worst place that overlapping intervals leave open. */
export type RankRange = readonly [best: number, worst: number];

/** Return the places that intervals leave open, the highest first; thousands take no time. */
export function rankRanges(ends: readonly { low: number; high: number }[]): RankRange[] {
  const lows = ends.map(end => end.low).sort((a, b) => a - b);
  const highs = ends.map(end => end.high).sort((a, b) => a - b);
  return ends.map(({ low, high }) => [
    // Whoever's whole interval lies above comes before; whoever's lies below comes behind.
    1 + ends.length - nAtMost(lows, high),
    ends.length - nBelow(highs, low)
  ]);
}

/** Return a place as text: one number, or from best to worst where it is shared. */
export function rankText([best, worst]: RankRange): string {
  return best === worst ? `${best}` : `${best}–${worst}`;
}

function nAtMost(sorted: readonly number[], limit: number): number {
  return placeOf(sorted, value => value > limit);
}

function nBelow(sorted: readonly number[], limit: number): number {
  return placeOf(sorted, value => value >= limit);
}

/** Return the first place at which a test holds that holds from there on. */
function placeOf(sorted: readonly number[], holds: (value: number) => boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(sorted[middle] ?? 0)) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  return from;
}
