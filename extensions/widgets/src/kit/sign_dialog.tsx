import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Api, Prepared } from '../api.js';
import { asProblem, type Problem } from '../problem.js';
import { ErrorCard, Loading } from './notices.js';
import { useUniqueId } from './unique.js';
import { useWords } from './words.js';

interface SignDialogProps {
  api: Api;
  verb: string;
  args: Record<string, unknown>;
  identity?: string;
  title: string;
  /** What the server recorded. */
  onSigned: (result: Record<string, unknown>) => void;
  onCancel: () => void;
}

/**
 * Shows what a verb would sign, in words and as the record, and signs it upon a person's gesture.
 * Escape and Cancel sign nothing; what has become another record meanwhile is refused and shown
 * again.
 */
export function SignDialog(props: SignDialogProps): JSX.Element {
  const trans = useWords();
  const { api, verb, identity } = props;
  const args = JSON.stringify(props.args);
  const title = useUniqueId();
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSigning, setSigning] = useState(false);
  const [n, lookAgain] = useState(0);

  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    cancel.current?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, []);

  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setPrepared(null);
    setProblem(null);
    api.prepare(verb, JSON.parse(args) as Record<string, unknown>, identity).then(
      told => {
        if (!isGone) {
          setPrepared(told);
          // The token is good no longer than that: what is shown is looked at again.
          timer = setTimeout(() => {
            lookAgain(k => k + 1);
          }, told.expires_in_seconds * 1000);
        }
      },
      (thrown: unknown) => {
        if (!isGone) {
          setProblem(asProblem(thrown));
        }
      }
    );
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [api, verb, args, identity, n]);

  const sign = async (event: Event): Promise<void> => {
    // Only a person's gesture is trusted; a script's click() is not.
    if (!event.isTrusted || prepared === null || isSigning) {
      return;
    }
    setSigning(true);
    try {
      const result = await api.sign(prepared);
      props.onSigned(result);
    } catch (thrown) {
      setPrepared(null);
      setProblem(asProblem(thrown));
    } finally {
      setSigning(false);
    }
  };

  return (
    <dialog
      ref={dialog}
      class="wb-Dialog"
      data-lm-suppress-shortcuts="true"
      aria-labelledby={title}
      onCancel={event => {
        event.preventDefault();
        if (!isSigning) {
          props.onCancel();
        }
      }}
    >
      <div class="wb-Dialog-body">
        <h2 class="wb-Card-title" id={title}>
          {props.title}
        </h2>
        {problem && (
          <ErrorCard
            problem={problem}
            action={{
              label: trans.__('Look again'),
              onPress: () => {
                lookAgain(k => k + 1);
              }
            }}
          />
        )}
        {!problem && !prepared && <Loading />}
        {prepared && (
          <>
            <p class="wb-Dialog-words">{prepared.words}</p>
            <p>{trans.__('Signed with the key of %1.', prepared.identity)}</p>
            <details>
              <summary>{trans.__('The record that is signed')}</summary>
              <pre tabIndex={0}>{JSON.stringify(prepared.body, null, 2)}</pre>
              {prepared.opens && (
                <>
                  <p>{trans.__('What its digest commits to, and what is signed next:')}</p>
                  <pre tabIndex={0}>{JSON.stringify(prepared.opens, null, 2)}</pre>
                </>
              )}
              <p>
                {trans.__('SHA-256')} <code>{prepared.sha256}</code>
              </p>
            </details>
          </>
        )}
        <div class="wb-Actions">
          <button
            type="button"
            class="wb-Button wb-mod-accent"
            aria-disabled={prepared === null || isSigning}
            aria-busy={isSigning}
            onClick={event => void sign(event)}
          >
            {trans.__('Sign')}
          </button>
          <button
            type="button"
            class="wb-Button wb-mod-plain"
            ref={cancel}
            aria-disabled={isSigning}
            onClick={() => {
              if (!isSigning) {
                props.onCancel();
              }
            }}
          >
            {trans.__('Cancel')}
          </button>
        </div>
      </div>
    </dialog>
  );
}
