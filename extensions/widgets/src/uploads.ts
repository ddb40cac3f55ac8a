import type { Send } from './api.js';
import { fileChanged, Problem } from './problem.js';

/** A file that the server has. */
export interface Stored {
  sha256: string;
  size: number;
}

/** `storing`: all bytes have left, and the server keeps them; `waiting`: kept, and tried again. */
export type UploadState = 'sending' | 'storing' | 'waiting';

/** How a file is sent. */
export interface UploadOptions {
  /** 16 to 64 letters, digits and hyphens, kept by the caller to go on with after a reload. */
  id: string;
  signal?: AbortSignal;
  /** Called when more bytes have arrived, and while a lost connection is tried again. */
  onProgress?: (arrived: number, size: number, state: UploadState) => void;
  /** Given what ends the present wait at once. */
  onWait?: (tryNow: () => void) => void;
}

/** How far an upload is that a page before has begun. */
export interface Arrived {
  offset: number;
  isStored: boolean;
  size: number | null;
}

const PIECE_BYTES = 8 * 2 ** 20;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A server frees the file of a silent sender after 30 s. */
const LONGEST_BUSY_MS = 60_000;
const MOST_STUCK = 3;
/** 507 is not among them: a full disk stays full until somebody acts. */
const PASSES = new Set([0, 429, 500, 502, 503, 504]);

/** Return an id for a new upload. */
export function newUploadId(): string {
  return crypto.randomUUID();
}

/** Return the address of an upload. */
export function uploadAddress(id: string): string {
  return `uploads/${encodeURIComponent(id)}`;
}

/** Ask how far an upload is. */
export async function arrived(ask: Send, id: string, signal?: AbortSignal): Promise<Arrived> {
  const { headers } = await ask(uploadAddress(id), { method: 'HEAD', ...(signal ? { signal } : {}) });
  const size = headers.get('Upload-Length');
  return {
    offset: Number(headers.get('Upload-Offset') ?? 0),
    isStored: headers.get('Upload-Complete') === '?1',
    size: size === null ? null : Number(size)
  };
}

/** Send a file in pieces, each at the offset that the server is at; docs/lab.md has the rules. */
export async function upload(ask: Send, file: Blob, options: UploadOptions): Promise<Stored> {
  const { id, signal } = options;
  const waits = new Waits(options);
  let offset: number | null = null;
  let nStuck = 0;
  let askedAgain = false;
  for (;;) {
    try {
      if (offset === null) {
        const known = await arrived(ask, id, signal);
        if (known.size !== null && known.size !== file.size) {
          throw fileChanged();
        }
        offset = known.isStored ? file.size : known.offset;
      }
      const end: number = Math.min(offset + PIECE_BYTES, file.size);
      options.onProgress?.(offset, file.size, end === file.size ? 'storing' : 'sending');
      const response = await ask(`${uploadAddress(id)}?offset=${offset}&size=${file.size}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: file.slice(offset, end),
        ...(signal ? { signal } : {})
      });
      waits.begin();
      nStuck = 0;
      if (response.status !== 202) {
        const stored = (await response.json()) as Stored;
        options.onProgress?.(file.size, file.size, 'storing');
        return stored;
      }
      offset = ((await response.json()) as { offset: number }).offset;
    } catch (thrown) {
      if (!(thrown instanceof Problem)) {
        throw thrown;
      }
      const { reason } = thrown.details.facts;
      if (reason === 'offset' && nStuck < MOST_STUCK) {
        nStuck += 1;
        offset = Number(thrown.details.facts.offset);
        continue;
      }
      if (reason === 'page' && !askedAgain) {
        // The cookie against XSRF may have been renewed: it is read anew at each request.
        askedAgain = true;
        continue;
      }
      const isBusy = reason === 'busy' && !waits.hasBeenBusyFor(LONGEST_BUSY_MS);
      if (!isBusy && !PASSES.has(thrown.status)) {
        throw thrown;
      }
      if (!(await canRead(file, offset ?? 0))) {
        throw fileChanged();
      }
      options.onProgress?.(offset ?? 0, file.size, 'waiting');
      await waits.wait();
      offset = null;
    }
  }
}

/** Ask for the answer of an upload whose bytes have all arrived; the file is not needed. */
export async function storedOf(ask: Send, id: string, size: number, signal?: AbortSignal): Promise<Stored> {
  const response = await ask(`${uploadAddress(id)}?offset=${size}&size=${size}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/octet-stream' },
    ...(signal ? { signal } : {})
  });
  return (await response.json()) as Stored;
}

/** Growing waits, each a little off, so that many pages do not come back at once. */
class Waits {
  private next = FIRST_WAIT_MS;
  private busySince: number | null = null;

  constructor(private readonly options: UploadOptions) {}

  begin(): void {
    this.next = FIRST_WAIT_MS;
    this.busySince = null;
  }

  hasBeenBusyFor(milliseconds: number): boolean {
    this.busySince ??= performance.now();
    return performance.now() - this.busySince > milliseconds;
  }

  async wait(): Promise<void> {
    const milliseconds = this.next * (0.8 + 0.4 * Math.random());
    this.next = Math.min(2 * this.next, LONGEST_WAIT_MS);
    const { signal, onWait } = this.options;
    await pause(milliseconds, signal, onWait);
    signal?.throwIfAborted();
  }
}

async function canRead(file: Blob, offset: number): Promise<boolean> {
  try {
    await file.slice(offset, offset + 1).arrayBuffer();
    return true;
  } catch {
    // A browser reads a file that has changed on the disk no more.
    return false;
  }
}

/** Wait, or less if the signal aborts, the network comes back or a person does not want to. */
export function pause(
  milliseconds: number,
  signal?: AbortSignal,
  onWait?: (tryNow: () => void) => void
): Promise<void> {
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
    onWait?.(end);
  });
}

/** Return whether a signal has aborted by now. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
