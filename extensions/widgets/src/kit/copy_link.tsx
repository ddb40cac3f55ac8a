import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Address, Context } from '../context.js';
import { Button } from './controls.js';
import { useWords } from './words.js';

/** Copies the address of a thing; nothing where the host knows no addresses. */
export function CopyLink(props: { context: Context<unknown>; to: Address }): JSX.Element | null {
  const trans = useWords();
  const [isCopied, setCopied] = useState(false);
  const { link } = props.context;
  return link === undefined ? null : (
    <Button
      onPress={async () => {
        await navigator.clipboard.writeText(link(props.to));
        setCopied(true);
      }}
    >
      {isCopied ? trans.__('Copied') : trans.__('Copy link')}
    </Button>
  );
}
