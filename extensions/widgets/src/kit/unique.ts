import { useState } from 'preact/hooks';

/**
 * Return an id, or a name for a group of radios, that nothing else on the page has. Preact's own
 * `useId` counts within one root, and a page of ours has many.
 */
export function useUniqueId(): string {
  return useState(() => `wb-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`)[0];
}
