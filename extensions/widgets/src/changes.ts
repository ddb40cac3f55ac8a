import type { Send } from './api.js';
import { readOn } from './resuming.js';

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

/** Follow the changes of a home until the signal ends it, or a person the server. */
export async function follow(ask: Send, address: string, following: Following): Promise<void> {
  await readOn(ask, address, {
    signal: following.signal,
    after: following.after ?? '',
    onConnection: following.onStanding,
    onMessage: ({ event, data, id }) => {
      if (event === 'stopped') {
        following.onStanding('stopped');
        return true;
      }
      following.onChange(JSON.parse(data) as Change, id);
      return false;
    }
  });
}
