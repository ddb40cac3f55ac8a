import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { Button, Field, SignDialog, moment, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import type { ProposalContext } from './proposal.js';
import { deedsOf, isOpen, isReady, type Around, type Proposal } from './state.js';

type Review = Proposal['reviews'][number];

interface Props {
  context: ProposalContext;
  told: Proposal;
  around: Around | null;
  /** Called once something was recorded. */
  onSaid: () => void;
}

/** Something that is about to be signed. */
interface Asked {
  verb: 'review-proposal' | 'merge' | 'rollback';
  title: string;
  args: Record<string, unknown>;
  done: string;
}

/** What people said, and what whoever looks can say or do. */
export function Reviews({ context, told, around, onSaid }: Props): JSX.Element {
  const trans = useWords();
  return (
    <section class="wb-Section" aria-label={trans.__('Review')}>
      <h3 class="wb-Proposal-title">{trans.__('Review')}</h3>
      {told.reviews.length === 0 ? (
        <p class="wb-quiet">{trans.__('Nobody has said anything yet.')}</p>
      ) : (
        <ol class="wb-Proposal-reviews">
          {told.reviews.map(one => (
            <li key={one.record}>
              <p>
                <strong>{decisionWord(one.decision, trans)}</strong> · <bdi>{one.reviewer}</bdi>
                {one.owner !== one.reviewer && ` (${one.owner})`} · {moment(one.created_at, trans.language)}
              </p>
              <p class="wb-Proposal-text">{one.text}</p>
            </li>
          ))}
        </ol>
      )}
      {context.api && <Acts context={context} told={told} around={around} onSaid={onSaid} />}
    </section>
  );
}

function Acts({ context, told, around, onSaid }: Props): JSX.Element | null {
  const trans = useWords();
  const [words, setWords] = useState('');
  const [isMissing, setMissing] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [done, setDone] = useState('');
  const form = useRef<HTMLDivElement>(null);
  const { api } = context;
  if (!api) {
    return null;
  }
  const deeds = deedsOf(told, around);
  /** Ask for a signature, if there are words to sign. */
  const say = (make: (reason: string) => Asked): void => {
    const reason = words.trim();
    setMissing(reason === '');
    if (reason === '') {
      form.current?.querySelector<HTMLElement>('textarea')?.focus();
      return;
    }
    setAsked(make(reason));
  };
  const review = (decision: Review['decision'], title: string, said: string): void => {
    say(reason => ({
      verb: 'review-proposal', title, done: said, args: { proposal: told.id, decision, reason }
    }));
  };
  const mayMerge = isReady(told);
  return (
    <div class="wb-Section" ref={form}>
      <Field
        label={trans.__('Your words')}
        kind="long"
        maxLength={2000}
        value={words}
        onValue={setWords}
        help={
          deeds.rollBack
            ? trans.__('Everybody reads them; for a comment, or as the reason why it is rolled back.')
            : trans.__('Everybody reads them.')
        }
        {...(isMissing && words.trim() === '' ? { fault: trans.__('This is needed.') } : {})}
      />
      <div class="wb-Actions">
        {deeds.decide && (
          <>
            <Button
              kind={deeds.merge && mayMerge ? 'plain' : 'accent'}
              onPress={() => review('approve', trans.__('Approve'), trans.__('It is recorded: you approve it.'))}
            >
              {trans.__('Approve…')}
            </Button>
            <Button onPress={() => review('request-changes', trans.__('Ask for changes'), trans.__('It is recorded: you ask for changes.'))}>
              {trans.__('Ask for changes…')}
            </Button>
          </>
        )}
        <Button onPress={() => review('comment', trans.__('Comment'), trans.__('It is recorded: your comment.'))}>
          {trans.__('Comment…')}
        </Button>
        {deeds.merge && (
          <Button
            kind={mayMerge ? 'accent' : 'plain'}
            disabled={!mayMerge}
            hint={mayMerge ? trans.__('Make it the champion, and pay its bounty') : trans.__('An approval is missing, or somebody asks for changes.')}
            onPress={() =>
              setAsked({
                verb: 'merge', title: trans.__('Merge'), args: { proposal: told.id }, done: trans.__('It is merged.')
              })
            }
          >
            {trans.__('Merge…')}
          </Button>
        )}
        {deeds.rollBack && (
          <Button
            kind="danger"
            onPress={() =>
              say(reason => ({
                verb: 'rollback', title: trans.__('Roll back'), args: { proposal: told.id, reason }, done: trans.__('It is rolled back.')
              }))
            }
          >
            {trans.__('Roll back…')}
          </Button>
        )}
      </div>
      {around?.owner === told.owner && isOpen(told) && (
        <p class="wb-quiet">{trans.__('It is your own: others decide on it.')}</p>
      )}
      <p role="status" class="wb-Proposal-done">
        {done}
      </p>
      {asked && (
        <SignDialog
          api={api}
          verb={asked.verb}
          args={asked.args}
          title={asked.title}
          {...(context.identity ? { identity: context.identity } : {})}
          onSigned={() => {
            setAsked(null);
            setWords('');
            setDone(asked.done);
            onSaid();
          }}
          onCancel={() => setAsked(null)}
        />
      )}
    </div>
  );
}

function decisionWord(decision: Review['decision'], trans: Words): string {
  const words: Record<Review['decision'], string> = {
    approve: `✓ ${trans.__('approves')}`,
    'request-changes': `✗ ${trans.__('asks for changes')}`,
    comment: trans.__('comments')
  };
  return words[decision];
}
