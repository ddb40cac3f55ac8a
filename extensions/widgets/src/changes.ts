import type { Send } from './api.js';
import { Problem } from './problem.js';
import { messages } from './stream.js';
import { isAborted, pause } from './uploads.js';

/** Something in the home is not as it was: enough to know what to read again. */
export interface Change {
  kind: string;
  id?: string;
  state?: string;
  task?: string;
  [field: string]: unknown;
}

/** How the stream stands; `stopped` when a person has ended the server: nobody starts it again. */
export type Standing = 'live' | 'waiting' | 'stopped';

/** How a home is followed. */
export interface Following {
  /** Called for each change, with its id: what to go on after. */
  onChange: (change: Change, id: string) => void;
  onStanding: (standing: Standing) => void;
  signal: AbortSignal;
  /** Id of the last change that was seen. */
  after?: string;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Follow the changes of a home until the signal ends it, or a person the server. */
export async function follow(ask: Send, address: string, following: Following): Promise<void> {
  const { signal } = following;
  let last = following.after ?? '';
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      const response = await ask(address, {
        headers: { Accept: 'text/event-stream', ...(last === '' ? {} : { 'Last-Event-ID': last }) },
        signal
      });
      following.onStanding('live');
      for await (const message of messages(response.body ?? new ReadableStream())) {
        if (message.event === 'stopped') {
          following.onStanding('stopped');
          return;
        }
        wait = FIRST_WAIT_MS;
        last = message.id;
        following.onChange(JSON.parse(message.data) as Change, last);
      }
    } catch (thrown) {
      if (isAborted(signal)) {
        return;
      }
      if (thrown instanceof Problem && !thrown.passes) {
        throw thrown;
      }
    }
    following.onStanding('waiting');
    await pause(wait, signal);
    if (isAborted(signal)) {
      return;
    }
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}
