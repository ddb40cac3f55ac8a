import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Address, Context } from '../context.js';
import { Button } from './controls.js';
import { useWords } from './words.js';

/** Copies the address of a thing; nothing where the host knows no addresses. */
export function CopyLink(props: { context: Context<unknown>; to: Address }): JSX.Element | null {
  const trans = useWords();
  const [isCopied, setCopied] = useState<boolean | null>(null);
  const { link } = props.context;
  if (link === undefined) {
    return null;
  }
  const address = link(props.to);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(address);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <>
      <Button onPress={copy}>{isCopied === true ? trans.__('Copied') : trans.__('Copy link')}</Button>
      {isCopied === false && (
        // A page without https has no clipboard, and a person may refuse it.
        <p class="wb-Link-shown" role="status">
          {trans.__('The browser lets nothing be copied here. This is the link: %1', address)}
        </p>
      )}
    </>
  );
}
