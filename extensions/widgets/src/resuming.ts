/** Streams and questions that go on after a lost connection. */
import type { Send } from './api.js';
import { Problem } from './problem.js';
import { messages, type Message } from './stream.js';
import { isAborted, pause } from './uploads.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const WAITS_MS = [500, 1_000, 2_000, 4_000];

/** How a stream is read. */
export interface Reading {
  /** Called for each message; `true` ends the stream. */
  onMessage: (message: Message) => boolean;
  /** Called when the stream opens, and when it is lost and tried again. */
  onConnection: (state: 'live' | 'waiting') => void;
  signal: AbortSignal;
  /** Id of the last message already seen, `''` for none. */
  after: string;
}

/** Read a stream of events until one ends it or the signal does; a lost one is taken up again. */
export async function readOn(ask: Send, address: string, reading: Reading): Promise<void> {
  const { signal } = reading;
  let last = reading.after;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      const response = await ask(address, {
        headers: { Accept: 'text/event-stream', ...(last === '' ? {} : { 'Last-Event-ID': last }) },
        signal
      });
      reading.onConnection('live');
      for await (const message of messages(response.body ?? new ReadableStream())) {
        // What has a name is said of the stream, not in it: it has no place to go on after.
        if (message.event === '') {
          wait = FIRST_WAIT_MS;
          last = message.id;
        }
        if (reading.onMessage(message)) {
          return;
        }
      }
    } catch (thrown) {
      if (isAborted(signal)) {
        return;
      }
      if (thrown instanceof Problem && !thrown.passes) {
        throw thrown;
      }
    }
    reading.onConnection('waiting');
    await pause(wait, signal);
    if (isAborted(signal)) {
      return;
    }
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

/** Ask again what changes nothing, or the same, while a server starts anew. */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const wait of WAITS_MS) {
    try {
      return await ask();
    } catch (thrown) {
      if (isAborted(signal) || !(thrown instanceof Problem) || !thrown.passes) {
        throw thrown;
      }
      await pause(wait, signal);
    }
  }
  return ask();
}

/** Ask again for as long as it takes: what is asked about goes on without this page. */
export async function insistently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  onWait: () => void
): Promise<T> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await ask();
    } catch (thrown) {
      if (isAborted(signal) || !(thrown instanceof Problem) || !thrown.passes) {
        throw thrown;
      }
      onWait();
      await pause(wait, signal);
    }
  }
}
