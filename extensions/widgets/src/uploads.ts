import type { Send } from './api.js';
import { Problem } from './problem.js';

/** A file that the server has. */
export interface Stored {
  sha256: string;
  size: number;
}

/** How a file is sent. */
export interface UploadOptions {
  /** 16 to 64 letters, digits and hyphens, kept by the caller to go on with after a reload. */
  id: string;
  signal?: AbortSignal;
  /** Called when more bytes have arrived, and while a lost connection is tried again. */
  onProgress?: (arrived: number, size: number, state: 'sending' | 'waiting') => void;
}

const PIECE_BYTES = 16 * 2 ** 20;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Return an id for a new upload. */
export function newUploadId(): string {
  return crypto.randomUUID();
}

/** Send a file in pieces, each at the offset that the server is at. */
export async function upload(ask: Send, file: Blob, options: UploadOptions): Promise<Stored> {
  const address = `uploads/${encodeURIComponent(options.id)}`;
  const aborting = options.signal ? { signal: options.signal } : {};
  let wait = FIRST_WAIT_MS;
  for (;;) {
    try {
      const head = await ask(address, { method: 'HEAD', ...aborting });
      let offset = Number(head.headers.get('Upload-Offset') ?? 0);
      for (;;) {
        options.onProgress?.(offset, file.size, 'sending');
        const response = await ask(`${address}?offset=${offset}&size=${file.size}`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/octet-stream' },
          body: file.slice(offset, offset + PIECE_BYTES),
          ...aborting
        });
        wait = FIRST_WAIT_MS;
        if (response.status !== 202) {
          options.onProgress?.(file.size, file.size, 'sending');
          return (await response.json()) as Stored;
        }
        offset = ((await response.json()) as { offset: number }).offset;
      }
    } catch (thrown) {
      if (!(thrown instanceof Problem) || !thrown.passes) {
        throw thrown;
      }
      options.onProgress?.(0, file.size, 'waiting');
      await pause(wait, options.signal);
      options.signal?.throwIfAborted();
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }
}

/** Wait, or less if the signal aborts or the network comes back. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      globalThis.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
    globalThis.addEventListener('online', end);
  });
}

/** Return whether a signal has aborted by now. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
