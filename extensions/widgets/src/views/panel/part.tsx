import type { ComponentChildren, JSX } from 'preact';

import type { Address, Context } from '../../context.js';
import { count, useUniqueId } from '../../kit/index.js';

interface PartProps {
  title: string;
  n?: number;
  children: ComponentChildren;
}

/** One part of the panel, found by its heading. */
export function Part({ title, n, children }: PartProps): JSX.Element {
  const id = useUniqueId();
  return (
    <section class="wb-Panel-part" aria-labelledby={id}>
      <h2 class="wb-Panel-title" id={id}>
        {title}
        {n !== undefined && n > 0 && <span class="wb-Panel-count"> {count(n)}</span>}
      </h2>
      {children}
    </section>
  );
}

interface OpenProps {
  context: Context<unknown>;
  at: Address;
  children: ComponentChildren;
}

/** A thing's name: a button that opens it, where there is somewhere to go. */
export function Open({ context, at, children }: OpenProps): JSX.Element {
  const { open } = context;
  return open ? (
    <button
      type="button"
      class="wb-Link"
      onClick={() => {
        open(at);
      }}
    >
      {children}
    </button>
  ) : (
    <span>{children}</span>
  );
}
