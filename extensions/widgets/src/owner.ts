import type { Api } from './api.js';

/**
 * Return the owner group of whose key signs.
 *
 * @param identity - whose key; whom the server names where it is empty.
 */
export async function ownerOf(api: Api, identity: string, signal: AbortSignal): Promise<string> {
  const [people, me] = await Promise.all([
    api.get('/principals', { signal }),
    identity === '' ? api.me() : identity
  ]);
  // Whoever has not signed anything yet signs for a group of their own name.
  return people.find(one => one.name === me)?.owner ?? me;
}
