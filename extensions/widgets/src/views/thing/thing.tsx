import type { JSX } from 'preact';

import type { Context } from '../../context.js';
import { Button, ErrorCard, Loading, useSource, useWords } from '../../kit/index.js';
import { ContributionCard } from './contribution.js';
import { EpochCard } from './epoch.js';
import type { ThingSource } from './source.js';
import type { ThingState, Told } from './state.js';
import { TaskCard } from './task.js';

/** One thing of the home: what it is, and what can be done with it. */
export function Thing({ context }: { context: Context<ThingState> }): JSX.Element {
  const trans = useWords();
  const { told, problem } = useSource(context.source);
  const again = (): Promise<void> | undefined => (context.source as Partial<ThingSource>).refresh?.();
  return (
    <>
      {problem && <ErrorCard problem={problem} action={{ label: trans.__('Try again'), onPress: () => again() }} />}
      {told === null ? !problem && <Loading /> : <Card context={context} told={told} />}
    </>
  );
}

function Card({ context, told }: { context: Context<ThingState>; told: Told }): JSX.Element {
  switch (told.kind) {
    case 'task':
      return <TaskCard context={context} task={told.task} isSponsor={told.isSponsor} />;
    case 'contribution':
      return <ContributionCard context={context} contribution={told.contribution} />;
    case 'epoch':
      return <EpochCard context={context} epoch={told.epoch} />;
  }
}

/** A command on the card of a thing. */
export interface Deed {
  command: string;
  args: Record<string, unknown>;
  label: string;
  kind?: 'accent' | 'danger';
}

/** The commands that the application has, as buttons; "Copy link" is the last. */
export function Deeds(props: { context: Context<ThingState>; deeds: readonly Deed[] }): JSX.Element | null {
  const trans = useWords();
  const { commands, source } = props.context;
  if (!commands) {
    return null;
  }
  const { kind, id } = source.get();
  const link = { command: 'workbench:copy-link', args: { thing: kind, id }, label: trans.__('Copy link') };
  return (
    <div class="wb-Actions">
      {[...props.deeds, link]
        .filter(deed => commands.has(deed.command))
        .map(deed => (
          <Button
            key={deed.command}
            kind={'kind' in deed && deed.kind ? deed.kind : 'plain'}
            onPress={() => {
              commands.run(deed.command, deed.args);
            }}
          >
            {deed.label}
          </Button>
        ))}
    </div>
  );
}
