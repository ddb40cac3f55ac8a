import type { Api } from './api.js';
import type { Words } from './words/index.js';

/** What a view shows, and how it learns of changes. A trait, a stream or a constant. */
export interface Source<T> {
  get: () => T;
  /** Call `changed` at every change; the result ends that. */
  subscribe: (changed: () => void) => () => void;
}

/** A thing with an address of its own; whoever hosts a view knows how to open it. */
export interface Address {
  kind: 'task' | 'contribution' | 'run' | 'comparison' | 'epoch' | 'job' | 'valuation' | 'payout' | 'proposal';
  id: string;
}

/** What a view asks its application to do; a command that is not there is not offered. */
export interface Commands {
  has: (command: string) => boolean;
  run: (command: string, args: Readonly<Record<string, unknown>>) => void;
}

/** What a host gives a view. */
export interface Context<T> {
  /** Missing where nothing can be asked or changed: the view then only shows. */
  api?: Api;
  source: Source<T>;
  words: Words;
  /** Missing where there is nowhere to go. */
  open?: (address: Address) => void;
  /** The application's commands; missing where there are none. */
  commands?: Commands;
  /** A stable address to copy; missing where things have none. */
  link?: (address: Address) => string;
  /** Told of state that the host keeps, such as the selected row. */
  onState?: (state: Readonly<Record<string, unknown>>) => void;
}

/** Show a view in a host; the result takes it away. */
export type Mount<T> = (host: HTMLElement, context: Context<T>) => () => void;

/** A source that its owner sets. */
export class Settable<T> implements Source<T> {
  private readonly listeners = new Set<() => void>();
  private value: T;

  constructor(value: T) {
    this.value = value;
  }

  get(): T {
    return this.value;
  }

  set(value: T): void {
    this.value = value;
    this.listeners.forEach(changed => {
      changed();
    });
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => {
      this.listeners.delete(changed);
    };
  }
}
