import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

import { Button } from './controls.js';
import { useWords } from './words.js';

/** A short word that says a state or a kind. */
export function Chip(props: { children: ComponentChildren; kind?: string }): JSX.Element {
  return <span class={`wb-Chip wb-mod-${props.kind ?? 'plain'}`}>{props.children}</span>;
}

/** The lines that do the same in a notebook. */
export function ShowCode({ code }: { code: string }): JSX.Element {
  const trans = useWords();
  const [isCopied, setCopied] = useState(false);
  return (
    <details class="wb-Code">
      <summary>{trans.__('Show code')}</summary>
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <Button
        onPress={async () => {
          await navigator.clipboard.writeText(code);
          setCopied(true);
        }}
      >
        {isCopied ? trans.__('Copied') : trans.__('Copy')}
      </Button>
    </details>
  );
}
