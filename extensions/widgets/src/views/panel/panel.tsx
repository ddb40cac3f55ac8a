import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Button, ErrorCard, Loading, Notice, moment, useSource, useWords } from '../../kit/index.js';
import { Contributions } from './contributions.js';
import { Earned } from './earned.js';
import { Jobs } from './jobs.js';
import { Needs } from './needs.js';
import { Part } from './part.js';
import type { HomeSource } from './source.js';
import type { PanelState, Inbox } from './state.js';
import { Tasks } from './tasks.js';

interface Props {
  context: Context<PanelState>;
}

/** What a person has to know of a home, the most urgent first. */
export function Panel({ context }: Props): JSX.Element {
  const trans = useWords();
  const { inbox, problem, standing, bars } = useSource(context.source);
  const again = {
    label: standing === 'stopped' && problem === null ? trans.__('Start again') : trans.__('Try again'),
    onPress: () => {
      (context.source as Partial<HomeSource>).start?.();
    }
  };
  return (
    <div class="wb-Panel">
      {problem && <ErrorCard problem={problem} action={again} />}
      {!problem && standing === 'stopped' && (
        <Notice kind="info">
          {trans.__('The server of the workbench was stopped.')}
          <Button onPress={again.onPress}>{again.label}</Button>
        </Notice>
      )}
      {standing === 'waiting' && (
        <Notice kind="warning">
          {trans.__('The connection is lost and tried again. What runs goes on in the server.')}
        </Notice>
      )}
      {inbox === null && !problem && standing !== 'stopped' && <Loading lines={6} />}
      {inbox && (
        <>
          <Needs context={context} inbox={inbox} />
          <Who inbox={inbox} />
          <Earned context={context} inbox={inbox} />
          <News context={context} inbox={inbox} />
          <Jobs context={context} inbox={inbox} bars={bars} />
          <Contributions context={context} inbox={inbox} />
          <Tasks context={context} inbox={inbox} />
        </>
      )}
    </div>
  );
}

function Who({ inbox }: { inbox: Inbox }): JSX.Element {
  const trans = useWords();
  const { person, owner, roles } = inbox;
  return (
    <Part title={trans.__('Who am I')}>
      <p class="wb-Panel-who">
        <strong>{person}</strong>
        {owner !== '' && owner !== person && ` · ${trans.__('paid as %1', owner)}`}
        {roles.length > 0 && ` · ${roles.join(', ')}`}
      </p>
      {!inbox.is_registered && (
        <p class="wb-Panel-quiet">
          {trans.__('Your key is not registered yet: that happens with your first signature.')}
        </p>
      )}
    </Part>
  );
}

function News({ context, inbox }: Props & { inbox: Inbox }): JSX.Element | null {
  const trans = useWords();
  if (inbox.news.length === 0) {
    return null;
  }
  return (
    <Part title={trans.__('Since your last visit')} n={inbox.news.length}>
      <ul class="wb-Panel-list">
        {inbox.news.map(one => (
          <li key={`${one.kind} ${one.id} ${one.at}`}>
            {one.words}
            <span class="wb-Panel-quiet"> · {moment(one.at, trans.language)}</span>
          </li>
        ))}
      </ul>
      <Button onPress={() => (context.source as Partial<HomeSource>).markSeen?.()}>
        {trans.__('Mark as seen')}
      </Button>
    </Part>
  );
}

