import { useState } from 'preact/hooks';

/**
 * Return an id that no other element of the page has. Preact's own `useId` counts within one root,
 * and a page of ours has many.
 */
export function useUniqueId(): string {
  return useState(() => `wb-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`)[0];
}
