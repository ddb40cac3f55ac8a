import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { Api } from '../../api.js';
import type { Context } from '../../context.js';
import { CopyLink } from '../../kit/copy_link.js';
import {
  Button,
  Chip,
  Empty,
  EpochMoney,
  ErrorCard,
  Loading,
  Notice,
  Progress,
  ShowCode,
  credits,
  moment,
  short,
  useSource,
  useWords
} from '../../kit/index.js';
import { Problem, type ProblemDetails } from '../../problem.js';
import { jobSource } from '../job/source.js';
import { hasEnded } from '../job/state.js';
import { DiffPart } from './diff.js';
import { Reviews } from './reviews.js';
import type { ProposalSource } from './source.js';
import {
  against,
  isJudged,
  isReady,
  reasonWord,
  stateKind,
  stateWord,
  type Around,
  type Proposal,
  type ProposalState
} from './state.js';
import { VerdictPart } from './verdict.js';

/** What a host knows beside the proposal. */
export interface ProposalContext extends Context<ProposalState> {
  /** Whose key signs; whom the server names where it is missing. */
  identity?: string;
}

/** A proposal: what it offers, how far it has come, and what is next. */
export function ProposalCard({ context }: { context: ProposalContext }): JSX.Element {
  const trans = useWords();
  const { told, diff, around, problem } = useSource(context.source);
  const refresh = (): void => {
    void (context.source as Partial<ProposalSource>).refresh?.();
  };
  if (told === null) {
    if (problem) {
      return <ErrorCard problem={problem} action={{ label: trans.__('Try again'), onPress: refresh }} />;
    }
    return context.api ? <Loading lines={6} /> : <Empty>{trans.__('There is no proposal to show.')}</Empty>;
  }
  const { api } = context;
  return (
    <article class="wb-Card wb-Proposal" aria-label={trans.__('Proposal %1', short(told.id))}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title" tabIndex={-1}>
          {trans.__('Proposal of %1', told.owner)}
        </h2>
        <Chip kind={stateKind(told)}>{stateWord(told, trans)}</Chip>
        <p class="wb-Card-about">
          {told.task} · <code>{short(told.id)}</code> · {moment(told.created_at, trans.language)}
        </p>
      </header>
      <blockquote class="wb-Proposal-claim">{told.claim}</blockquote>
      {problem && <ErrorCard problem={problem} action={{ label: trans.__('Try again'), onPress: refresh }} />}
      {api && isJudged(told) && told.job !== null ? (
        <Judging key={told.job} api={api} job={told.job} onEnd={refresh} />
      ) : (
        <Standing told={told} around={around} />
      )}
      <Facts told={told} />
      <VerdictPart told={told} />
      {diff && <DiffPart diff={diff} />}
      <Reviews context={context} told={told} around={around} onSaid={refresh} />
      <footer class="wb-Card-foot">
        {context.open && (
          <Button onPress={() => context.open?.({ kind: 'task', id: told.task })}>{trans.__('Open the task')}</Button>
        )}
        {context.commands?.has(PROPOSALS) === true && (
          <Button onPress={() => context.commands?.run(PROPOSALS, { task: told.task })}>
            {trans.__('All proposals')}
          </Button>
        )}
        <CopyLink context={context} to={{ kind: 'proposal', id: told.id }} />
        <ShowCode code={`from workbench import Bench\n\nBench.open().proposal("${short(told.id)}")`} />
      </footer>
    </article>
  );
}

const PROPOSALS = 'workbench:proposals';

/** Its checks and its gate, while they go on. */
function Judging(props: { api: Api; job: string; onEnd: () => void }): JSX.Element | null {
  const trans = useWords();
  const source = useMemo(() => jobSource(props.api, props.job), [props.api, props.job]);
  useEffect(() => () => source.close(), [source]);
  const { job, progress, problem } = useSource(source);
  const [wasSeen, setSeen] = useState(false);
  const isOver = hasEnded(job);
  useEffect(() => {
    // One that had ended before anybody looked changes nothing any more.
    if (job !== null && !isOver) {
      setSeen(true);
    }
    if (isOver && wasSeen) {
      props.onEnd();
    }
  }, [job === null, isOver]);
  const refusal = problem ?? (job?.problem ? new Problem(job.problem as unknown as ProblemDetails) : null);
  if (refusal) {
    return <ErrorCard problem={refusal} />;
  }
  if (job?.state === 'cancelled') {
    return (
      <Notice kind="warning">
        {trans.__('Somebody has cancelled its check. Proposing the same again goes on with it.')}
      </Notice>
    );
  }
  const label = trans.__('Its data and weights are checked, then both models answer the same hidden items');
  return isOver ? null : (
    <Progress
      {...(progress ?? { done: 0, total: 0 })}
      label={job?.state === 'queued' ? `${label} · ${trans.__('Waits for its turn')}` : label}
    />
  );
}

/** Why it stands where it does, and the next step. */
function Standing({ told, around }: { told: Proposal; around: Around | null }): JSX.Element {
  const trans = useWords();
  const last = told.verdicts.at(-1);
  // Refused before there was a gate: the three conditions have their own table.
  const refusal = last?.conditions.length === 0 ? last : undefined;
  // Why a merge was undone is told with the merge.
  if (told.state !== 'merged' && (told.reason !== '' || told.state === 'rejected')) {
    return (
      <Notice kind={told.state === 'rejected' ? 'warning' : 'info'}>
        <span class="wb-Proposal-why">
          {reasonWord(told.reason, trans)}
          {refusal && refusal.found !== '' && `: ${refusal.found}`}
        </span>
        <dl class="wb-Facts">
          {refusal && refusal.wanted !== '' && (
            <div>
              <dt>{trans.__('Wanted')}</dt>
              <dd>{refusal.wanted}</dd>
            </div>
          )}
          {told.remedy !== '' && (
            <div>
              <dt>{trans.__('Next step')}</dt>
              <dd>{told.remedy}</dd>
            </div>
          )}
        </dl>
      </Notice>
    );
  }
  switch (told.state) {
    case 'waiting':
      return (
        <Notice kind="info">
          {trans.__('It is surely better, and only the margin is missing, which time lowers.')}{' '}
          {told.again_at !== null &&
            trans.__('It is judged again by itself on %1.', moment(told.again_at, trans.language))}
        </Notice>
      );
    case 'evaluated':
      return <Notice kind={isReady(told) ? 'success' : 'info'}>{afterGate(told, around, trans)}</Notice>;
    case 'merged':
      return told.merge?.rolled_back_at ? (
        <Notice kind="warning">
          {trans.__('It was rolled back on %1: %2', moment(told.merge.rolled_back_at, trans.language), told.merge.rolled_back_because ?? '')}
          {afterRollback(told, around, trans).map(line => (
            <p key={line}>{line}</p>
          ))}
        </Notice>
      ) : (
        <Notice kind="success">
          {around === null || around.champion === told.model
            ? trans.__('Its model is the champion.')
            : trans.__('Its model was champion until somebody merged a better one.')}
        </Notice>
      );
    case 'stale':
      return <Notice kind="info">{told.remedy}</Notice>;
    default:
      return <Notice kind="info">{trans.__('It is being judged.')}</Notice>;
  }
}

/** What a rollback has changed, as it stands now. */
function afterRollback(told: Proposal, around: Around | null, trans: ReturnType<typeof useWords>): string[] {
  const bounty = told.merge?.bounty ?? '0';
  const lines: string[] = [];
  if (around?.champion === told.base) {
    lines.push(trans.__('The champion before it, %1, stands again.', short(told.base)));
  }
  if (bounty !== '0') {
    lines.push(
      told.merge?.state === 'void'
        ? trans.__('Its bounty of %1 credits went back to the task.', credits(bounty))
        : trans.__('Its bounty of %1 credits was paid before, and stays paid.', credits(bounty))
    );
  }
  return lines;
}

function afterGate(told: Proposal, around: Around | null, trans: ReturnType<typeof useWords>): string {
  const groups = against(told);
  if (groups.length > 0) {
    return trans.__('%1 asks for changes: it cannot be merged until they approve.', groups.join(', '));
  }
  const missing = told.approvals_wanted - told.approvals;
  return missing > 0
    ? trans._n(
        'One approval is missing, of a reviewer of another owner group.',
        '%1 approvals are missing, of reviewers of other owner groups.',
        missing
      )
    : trans.__('It is approved: %1 can merge it.', around?.sponsor ?? trans.__('the sponsor'));
}

function Facts({ told }: { told: Proposal }): JSX.Element {
  const trans = useWords();
  const { merge } = told;
  const rows: [string, JSX.Element | string][] = [
    [trans.__('Model'), told.model === null ? trans.__('trained by its recipe') : short(told.model)],
    [trans.__('Follows'), short(told.base)],
    [
      trans.__('Shares'),
      told.shares.map(one => `${one.owner} ${one.part} (${roleWord(one.role, trans)})`).join(', ')
    ],
    [trans.__('Approvals'), trans.__('%1 of %2', told.approvals, told.approvals_wanted)]
  ];
  if (merge === null && told.pays !== null) {
    rows.push([
      trans.__('A merge now would pay'),
      <span class="wb-Money">
        <span class="wb-number">{trans.__('%1 credits', credits(told.pays))}</span>
        <Chip kind="estimated">{trans.__('estimated')}</Chip>
      </span>
    ]);
  }
  if (merge !== null) {
    rows.push([trans.__('Bounty'), <EpochMoney amount={merge.bounty} state={merge.state} until={merge.final_at} />]);
    const parts = Object.entries(merge.bounties);
    if (parts.length > 0 && merge.state !== 'void') {
      rows.push([
        trans.__('Of it'),
        parts.map(([owner, amount]) => trans.__('%1: %2 credits', owner, credits(amount))).join(' · ')
      ]);
    }
  }
  return (
    <dl class="wb-Facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function roleWord(role: Proposal['shares'][number]['role'], trans: ReturnType<typeof useWords>): string {
  const words = { author: trans.__('author'), data: trans.__('data'), compute: trans.__('compute') };
  return words[role];
}
