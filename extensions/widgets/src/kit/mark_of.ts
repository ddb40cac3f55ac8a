const N_MARKS = 56;

/**
 * Return the number of a model's colour and marker: the same wherever it is shown, whatever
 * stands beside it. FNV-1a over its digest or name.
 */
export function markOf(model: string): number {
  let hash = 0x811c9dc5;
  for (const letter of model) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash % N_MARKS;
}
