import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import type { Api } from '../../api.js';
import { Button, useWords } from '../../kit/index.js';
import { whySource } from '../why/source.js';
import { WhyCard } from '../why/view.js';

interface WhyPanelProps {
  api: Api;
  epoch: string;
  owner: string;
  onClose: () => void;
}

/** The reasons of one amount below the table, where there are no tabs to open. */
export function WhyPanel({ api, epoch, owner, onClose }: WhyPanelProps): JSX.Element {
  const trans = useWords();
  const panel = useRef<HTMLDivElement>(null);
  const source = useMemo(() => whySource(api, epoch, owner), [api, epoch, owner]);
  useEffect(() => {
    panel.current?.focus();
    return source.close;
  }, [source]);
  return (
    <div class="wb-Section" ref={panel} tabIndex={-1} role="region" aria-label={trans.__('Why %1?', owner)}>
      <div class="wb-Actions">
        <Button onPress={onClose}>{trans.__('Close')}</Button>
      </div>
      <WhyCard context={{ api, source, words: trans }} />
    </div>
  );
}
