import type { components } from './wire.js';

/** What the server says of a refusal: problem details of RFC 9457. */
export type ProblemDetails = components['schemas']['Problem'];

/** A refusal: what was found, what is wanted, and the next step. */
export class Problem extends Error {
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.name = details.title;
    this.details = details;
  }

  get found(): string {
    return this.details.detail;
  }

  get wanted(): string {
    return this.details.wanted;
  }

  get nextStep(): string {
    return this.details.next_step;
  }

  get status(): number {
    return this.details.status;
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** Return the problem that an answer carries, whoever answered: the server, Jupyter or a proxy. */
export function problemFrom(status: number, text: string): Problem {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    given = null;
  }
  return new Problem({ ...unreadable(status), ...known(given) });
}

/** Return the problem of a request that got no answer at all. */
export function unreachable(cause: unknown): Problem {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Problem({
    type: 'about:blank',
    title: 'ConnectionError',
    status: 0,
    detail: `Jupyter did not answer (${reason})`,
    wanted: 'a connection to the Jupyter server',
    next_step: 'check the network; what the server does goes on meanwhile',
    facts: {}
  });
}

/** Return any thrown value as a problem, so that one card shows them all. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : unreachable(thrown);
}

function known(given: unknown): Partial<ProblemDetails> {
  if (typeof given !== 'object' || given === null) {
    return {};
  }
  const told = given as Record<string, unknown>;
  const texts = ['type', 'title', 'detail', 'wanted', 'next_step'] as const;
  const kept = texts.filter(name => typeof told[name] === 'string');
  const facts = told.facts;
  return {
    ...Object.fromEntries(kept.map(name => [name, told[name]])),
    ...(typeof facts === 'object' && facts !== null ? { facts: facts as Record<string, unknown> } : {})
  };
}

function unreadable(status: number): ProblemDetails {
  const loggedOut = status === 401 || status === 403;
  return {
    type: 'about:blank',
    title: 'UnreadableAnswerError',
    status,
    detail: `the answer has the status ${status} and gives no reason`,
    wanted: loggedOut ? 'a login to Jupyter' : 'an answer of the workbench',
    next_step: loggedOut
      ? 'log in to Jupyter again and reload the page'
      : 'try again; if it stays, look at the log of the Jupyter server',
    facts: {}
  };
}

/** Return the refusal of a file that is not the one that was begun. */
export function fileChanged(): Problem {
  return new Problem({
    type: 'about:blank',
    title: 'FileChangedError',
    status: 409,
    detail: 'the file changed while it was sent, or went away',
    wanted: 'the same file, unchanged, until the last byte',
    next_step: 'choose it again: it is sent anew from its beginning',
    facts: { reason: 'changed' }
  });
}
