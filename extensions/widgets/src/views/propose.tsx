import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { Api } from '../api.js';
import type { Address } from '../context.js';
import { Button, Field, Notice, SignDialog, short, useWords } from '../kit/index.js';

/** What a host gives whoever proposes from a view of it. */
export interface ProposeContext {
  api: Api;
  open?: (address: Address) => void;
  /** Whose key signs; whom the server names where it is missing. */
  identity?: string;
}

interface Props {
  context: ProposeContext;
  /** The fine-tune whose model is proposed. */
  run: string;
  /** Why that would be good, in words. */
  about: string;
}

const LONGEST_CLAIM = 2000;

/** Leads from a model to its signed proposal: a claim in words, and a look at what is signed. */
export function Propose({ context, run, about }: Props): JSX.Element {
  const trans = useWords();
  const [claim, setClaim] = useState<string | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [isSigning, setSigning] = useState(false);
  const [proposal, setProposal] = useState('');
  const form = useRef<HTMLDivElement>(null);
  if (proposal !== '') {
    return (
      <Notice kind="success">
        {trans.__('It is proposed: %1. The server now holds both models against each other.', short(proposal))}{' '}
        {context.open && (
          <Button onPress={() => context.open?.({ kind: 'proposal', id: proposal })}>{trans.__('Open the proposal')}</Button>
        )}
      </Notice>
    );
  }
  const look = (): void => {
    const isEmpty = (claim ?? '').trim() === '';
    setMissing(isEmpty);
    if (isEmpty) {
      form.current?.querySelector<HTMLElement>('.wb-Input')?.focus();
    } else {
      setSigning(true);
    }
  };
  return (
    <section class="wb-Section wb-Propose" aria-label={trans.__('Propose')} ref={form}>
      <p>{about}</p>
      {claim === null ? (
        <div class="wb-Actions">
          <Button
            kind="accent"
            onPress={() => {
              setClaim('');
              // The field is there with the next frame.
              requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('.wb-Input')?.focus());
            }}
          >
            {trans.__('Propose…')}
          </Button>
        </div>
      ) : (
        <>
          <Field
            label={trans.__('Claim')}
            help={trans.__('What is better about it, in words; everybody reads it.')}
            kind="long"
            maxLength={LONGEST_CLAIM}
            value={claim}
            onValue={setClaim}
            {...(isMissing && claim.trim() === '' ? { fault: trans.__('This is needed.') } : {})}
          />
          <div class="wb-Actions">
            <Button kind="accent" onPress={look}>
              {trans.__('Look at what is signed…')}
            </Button>
            <Button onPress={() => setClaim(null)}>{trans.__('Cancel')}</Button>
          </div>
        </>
      )}
      {isSigning && (
        <SignDialog
          api={context.api}
          verb="propose"
          args={{ run, claim: (claim ?? '').trim() }}
          title={trans.__('Propose')}
          {...(context.identity ? { identity: context.identity } : {})}
          onSigned={({ result }) => {
            const { id } = result as { id: string };
            setSigning(false);
            setProposal(id);
            context.open?.({ kind: 'proposal', id });
          }}
          onCancel={() => setSigning(false)}
        />
      )}
    </section>
  );
}
