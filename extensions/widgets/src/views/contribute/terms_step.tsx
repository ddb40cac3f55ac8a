import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { Button, ErrorCard, Field, Notice, useUniqueId, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import type { Flow } from './flow.js';
import type { State } from './state.js';
import { licensesOf } from './task_step.js';

/** Under which licence and for what: nothing is signed here yet. */
export function TermsStep({ flow, state }: { flow: Flow; state: State }): JSX.Element {
  const trans = useWords();
  const { kept } = state;
  const group = useUniqueId();
  const [sought, seek] = useState('');
  const allowed = licensesOf(state.tasks?.find(task => task.id === kept.task));
  const found = allowed.filter(name => name.toLowerCase().includes(sought.trim().toLowerCase()));
  const isReady = kept.license !== '' && kept.mayShare;
  return (
    <>
      {state.problem && <ErrorCard problem={state.problem} />}
      <fieldset class="wb-Contribute-choices">
        <legend>{trans.__('Licence')}</legend>
        <p class="wb-Field-help">
          {trans.__('The task takes these SPDX licences. Choose the one under which you may share the file.')}
        </p>
        {allowed.length > 5 && (
          <Field kind="search" label={trans.__('Search the licences')} value={sought} onValue={seek} maxLength={200} />
        )}
        {found.map(name => (
          <label key={name} class="wb-Choice">
            <input
              type="radio"
              name={group}
              checked={kept.license === name}
              onChange={() => {
                flow.choose({ license: name });
              }}
            />{' '}
            <code>{name}</code>
          </label>
        ))}
        {found.length === 0 && (
          <Notice kind="warning">
            {trans.__('The task takes no such licence. Data under another one cannot be contributed to it.')}
          </Notice>
        )}
      </fieldset>
      <fieldset class="wb-Contribute-choices">
        <legend>{trans.__('What the rows may be used for')}</legend>
        {purposes(trans).map(({ value, label }) => (
          <label key={value} class="wb-Choice">
            <input
              type="checkbox"
              checked={kept.purposes.includes(value)}
              disabled={value === 'training'}
              onChange={event => {
                const chosen = new Set(kept.purposes);
                if (event.currentTarget.checked) {
                  chosen.add(value);
                } else {
                  chosen.delete(value);
                }
                const ordered = purposes(trans).map(one => one.value);
                flow.choose({ purposes: ordered.filter(one => chosen.has(one)) });
              }}
            />{' '}
            {label}
          </label>
        ))}
      </fieldset>
      <fieldset class="wb-Contribute-choices">
        <legend>{trans.__('Your consent')}</legend>
        <ul>
          <li>{trans.__('You stay the owner. You are paid for what the rows measurably add to the model.')}</li>
          <li>
            {trans.__('You can withdraw at any time: the bytes are deleted, and nothing new is made of them.')}
          </li>
          <li>
            {trans.__('Models trained before are marked; what was paid stays paid; the signed record stays.')}
          </li>
        </ul>
        <label class="wb-Choice">
          <input
            type="checkbox"
            checked={kept.mayShare}
            onChange={event => {
              flow.choose({ mayShare: event.currentTarget.checked });
            }}
          />{' '}
          {trans.__('I have the right to share these rows')}
        </label>
      </fieldset>
      <div class="wb-Actions">
        <Button
          kind="accent"
          disabled={!isReady}
          {...(isReady ? {} : { hint: trans.__('Choose a licence and confirm your right to share first') })}
          onPress={flow.check}
        >
          {trans.__('Check the rows')}
        </Button>
        <Button
          onPress={() => {
            flow.goTo('file');
          }}
        >
          {trans.__('Back')}
        </Button>
      </div>
      {!isReady && (
        <p class="wb-Field-help">{trans.__('Choose a licence and confirm your right to share first')}</p>
      )}
    </>
  );
}

function purposes(trans: Words): { value: string; label: string }[] {
  return [
    { value: 'training', label: trans.__('Training models (what a contribution is for)') },
    { value: 'evaluation', label: trans.__('Evaluating models') },
    { value: 'publication', label: trans.__('Publication: anybody may read the rows') }
  ];
}
