/**
 * The only module that knows addresses. Everything is relative to the extension's own prefix;
 * whoever makes an `Api` gives the function that sends, and with it base URL, cookies and XSRF.
 */
import { follow, type Following } from './changes.js';
import { problemFrom, unreachable } from './problem.js';
import { readOn } from './resuming.js';
import {
  arrived,
  storedOf,
  upload,
  uploadAddress,
  type Arrived,
  type Stored,
  type UploadOptions
} from './uploads.js';
import type { components, paths } from './wire.js';

export type Schemas = components['schemas'];
export type Job = Schemas['JobView'];

/** Send a request to an address below the extension's prefix. */
export type Send = (address: string, init: RequestInit) => Promise<Response>;

type Method = 'get' | 'post';
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type With<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];
type Json<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type Responses<O> = O extends { responses: infer R } ? R : never;

/** What a route answers when it did what was asked. */
export type Answer<P extends keyof paths, M extends Method = 'get'> = {
  [S in keyof Responses<Operation<P, M>>]: S extends 200 | 201 | 202
    ? Json<Responses<Operation<P, M>>[S]>
    : never;
}[keyof Responses<Operation<P, M>>];

type Part<O, N extends 'path' | 'query'> = O extends { parameters: infer Q }
  ? NonNullable<Q[N & keyof Q]>
  : never;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type Field<N extends string, T> = [T] extends [never] ? unknown : Record<N, T>;
type Maybe<N extends string, T> = [T] extends [never] ? unknown : Partial<Record<N, T>>;

/** What a route is given: parts of its path, its query, its body, as openapi.json has them. */
export type Given<P extends keyof paths, M extends Method> = Field<'path', Part<Operation<P, M>, 'path'>> &
  Maybe<'query', Part<Operation<P, M>, 'query'>> &
  Field<'body', Body<Operation<P, M>>> & { signal?: AbortSignal };

/** What would be signed: shown to a person, and good for one confirmation. */
export interface Prepared {
  token: string;
  verb: string;
  identity: string;
  kind: string;
  body: Record<string, unknown>;
  /** What the record only commits to, where it does that. */
  opens: Record<string, unknown> | null;
  sha256: string;
  words: string;
  expires_in_seconds: number;
}

/** One event of a job; docs/events.md lists the types. */
export interface JobEvent {
  type: string;
  [field: string]: unknown;
}

export type Connection = 'live' | 'waiting';

/** How a job is watched. */
export interface Watching {
  /** Called for each event, with its number. */
  onEvent: (event: JobEvent, number: number) => void;
  /** Called when the stream opens, and when it is lost and tried again. */
  onConnection?: (state: Connection) => void;
  signal: AbortSignal;
  /** Number of the last event already seen. */
  after?: number;
}

/** The workbench, as a page reaches it. */
export interface Api {
  get<P extends With<'get'>>(path: P, given: Given<P, 'get'>): Promise<Answer<P>>;
  post<P extends With<'post'>>(path: P, given: Given<P, 'post'>): Promise<Answer<P, 'post'>>;
  /** Ask what a verb would sign; nothing is signed. */
  prepare(verb: string, args: Record<string, unknown>, identity?: string): Promise<Prepared>;
  /** Sign exactly what was shown. Call it from a person's gesture only. */
  sign(prepared: Prepared): Promise<Record<string, unknown>>;
  /** Send a file in pieces; it goes on where a lost connection left it. */
  upload(file: Blob, options: UploadOptions): Promise<Stored>;
  /** Ask how far an upload is, whoever began it. */
  arrived(id: string, signal?: AbortSignal): Promise<Arrived>;
  /** Ask what the server stored of an upload that is whole. */
  storedOf(id: string, size: number): Promise<Stored>;
  /** Send a file that lies where Jupyter's file browser shows it. */
  uploadFromPath(id: string, path: string, signal?: AbortSignal): Promise<Stored & { name: string }>;
  /** Ask for a route's answer as the text that it is. */
  text<P extends With<'get'>>(path: P, given: Given<P, 'get'>): Promise<string>;
  /** Have the tutorials that are missing copied to where the file browser shows them. */
  tutorials(): Promise<{ folder: string; names: string[] }>;
  /** Ask whose key signs here. */
  me(): Promise<string>;
  /** Delete what has arrived of an upload. */
  cancelUpload(id: string): Promise<void>;
  /** Follow a job until it ends, through lost connections. */
  watch(job: string, watching: Watching): Promise<void>;
  /** Follow whatever changes in the home, through lost connections; one stream for a whole page. */
  follow(following: Following): Promise<void>;
}

/** Make an `Api` of a function that sends. */
export function createApi(send: Send): Api {
  const ask = async (address: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await send(address, init);
    } catch (thrown) {
      if (init.signal?.aborted === true) {
        throw thrown;
      }
      throw unreachable(thrown);
    }
    if (!response.ok) {
      throw problemFrom(response.status, await response.text().catch(() => ''));
    }
    return response;
  };
  const json = async <T>(address: string, init: RequestInit): Promise<T> =>
    (await (await ask(address, init)).json()) as T;
  const posted = (body: unknown, signal?: AbortSignal): RequestInit => ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {})
  });
  return {
    get: (path, given) => json(addressOf(path, given), given.signal ? { signal: given.signal } : {}),
    post: (path, given) =>
      json(addressOf(path, given), posted((given as { body?: unknown }).body ?? {}, given.signal)),
    prepare: (verb, args, identity) =>
      json('prepare', posted({ verb, arguments: args, ...(identity ? { identity } : {}) })),
    sign: ({ token, sha256 }) => json('sign', posted({ token, sha256 })),
    upload: (file, options) => upload(ask, file, options),
    arrived: (id, signal) => arrived(ask, id, signal),
    storedOf: (id, size) => storedOf(ask, id, size),
    uploadFromPath: (id, path, signal) => json(`${uploadAddress(id)}/from-path`, posted({ path }, signal)),
    text: async (path, given) =>
      (await ask(addressOf(path, given), given.signal ? { signal: given.signal } : {})).text(),
    tutorials: () => json('tutorials', posted({})),
    me: async () => (await json<{ identity: string }>('me', {})).identity,
    cancelUpload: async id => {
      await ask(uploadAddress(id), { method: 'DELETE' });
    },
    watch: (job, watching) => watch(ask, job, watching),
    follow: following => follow(ask, 'api/events', following)
  };
}

interface Parts {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
}

function addressOf(template: string, given: object): string {
  const { path = {}, query = {} } = given as Parts;
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path[name]))
  );
  const asked = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString();
  return `api${filled}${text === '' ? '' : `?${text}`}`;
}

async function watch(ask: Send, job: string, watching: Watching): Promise<void> {
  await readOn(ask, addressOf('/jobs/{job}/events', { path: { job } }), {
    signal: watching.signal,
    after: watching.after === undefined || watching.after < 0 ? '' : String(watching.after),
    onConnection: state => watching.onConnection?.(state),
    onMessage: message => {
      // A server that is stopped says so by a name; events of jobs have none.
      if (message.event !== '') {
        return false;
      }
      const event = JSON.parse(message.data) as JobEvent;
      watching.onEvent(event, Number(message.id));
      return event.type === 'end';
    }
  });
}
