/** Inclusion proofs of the log's Merkle tree: RFC 6962, 2.1, checked as in RFC 9162, 2.1.3.2. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** A leaf can never pass for an inner node: each kind is hashed with its own first byte. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF, entry));
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE, left, right));
}

/**
 * The root to which a leaf's path leads in a tree of `size` leaves; null where there is none.
 *
 * Divides instead of shifting: shifts of JavaScript know 32 bits only.
 */
export function rootOf(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[]
): Uint8Array | null {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && 0 <= index && index < size)) {
    return null;
  }
  const up = (n: number) => Math.floor(n / 2);
  let [place, last, found] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) {
      return null;
    }
    if (place % 2 === 1 || place === last) {
      found = nodeHash(sibling, found);
      while (place % 2 === 0 && place !== 0) {
        [place, last] = [up(place), up(last)];
      }
    } else {
      found = nodeHash(found, sibling);
    }
    [place, last] = [up(place), up(last)];
  }
  return last === 0 ? found : null;
}
