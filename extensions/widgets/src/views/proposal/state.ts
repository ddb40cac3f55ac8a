import type { Schemas } from '../../api.js';
import type { Problem } from '../../problem.js';
import type { Words } from '../../words/index.js';

export type Proposal = Schemas['ProposalView'];
export type Diff = Schemas['DiffView'];
export type Champion = Schemas['ChampionView'];

/** What a page shows of a proposal. */
export interface ProposalState {
  proposal: string;
  told: Proposal | null;
  /** How it differs from the champion; null until that is known. */
  diff: Diff | null;
  around: Around | null;
  problem: Problem | null;
}

/** What decides which actions are offered; the server decides whether they are done. */
export interface Around {
  sponsor: string;
  champion: string | null;
  /** Owner group of the person who looks; empty where nobody knows. */
  owner: string;
}

const OPEN: readonly Proposal['state'][] = ['revealed', 'checked', 'evaluated', 'waiting'];

/** Return whether a proposal can still be approved, or changes be asked for. */
export function isOpen({ state }: Proposal): boolean {
  return OPEN.includes(state);
}

/** Return whether its checks or its gate go on now. */
export function isJudged({ state, reason }: Proposal): boolean {
  return (state === 'revealed' || state === 'checked') && reason === '';
}

/** Return the owner groups whose last word asks for changes. */
export function against({ owner, reviews }: Proposal): string[] {
  const last = new Map(
    reviews
      .filter(one => one.decision !== 'comment' && one.owner !== owner)
      .map(one => [one.owner, one.decision])
  );
  return [...last].filter(([, said]) => said === 'request-changes').map(([group]) => group);
}

/** Return whether nothing but the merge is missing. */
export function isReady(told: Proposal): boolean {
  const isApproved = told.approvals >= told.approvals_wanted && against(told).length === 0;
  return told.state === 'evaluated' && isApproved;
}

/** What a person can do about a proposal. */
export interface Deeds {
  decide: boolean;
  merge: boolean;
  rollBack: boolean;
}

/** Return what there is to do for whoever looks. */
export function deedsOf(told: Proposal, around: Around | null): Deeds {
  const isSponsor = around?.owner === around?.sponsor || around?.owner === '';
  const stands = told.merge !== null && told.merge.rolled_back_at === null;
  return {
    decide: isOpen(told) && around?.owner !== told.owner,
    merge: told.state === 'evaluated' && isSponsor,
    rollBack: stands && isSponsor && around?.champion === told.model
  };
}

/** Return how far a proposal has come, in a word or two. */
export function stateWord({ state, merge }: Proposal, trans: Words): string {
  if (merge?.rolled_back_at) {
    return trans.__('rolled back');
  }
  const words: Record<Proposal['state'], string> = {
    revealed: trans.__('being checked'),
    checked: trans.__('at its gate'),
    evaluated: trans.__('passed its gate'),
    waiting: trans.__('waits for the margin'),
    merged: trans.__('merged'),
    rejected: trans.__('rejected'),
    stale: trans.__('stale')
  };
  return words[state];
}

/** Return the look of a state's chip. */
export function stateKind({ state, merge }: Proposal): string {
  const kinds: Record<Proposal['state'], string> = {
    revealed: 'running',
    checked: 'running',
    evaluated: 'done',
    waiting: 'estimated',
    merged: merge?.rolled_back_at ? 'plain' : 'final',
    rejected: 'failed',
    stale: 'plain'
  };
  return kinds[state];
}

/** Return why a proposal goes no further, in a few words; a code that nobody knows as it is. */
export function reasonWord(code: string, trans: Words): string {
  const words: Record<string, string> = {
    'no-weights': trans.__('it has no weights'),
    'not-finite': trans.__('its weights are not finite'),
    'unfit-model': trans.__('it is no model of this task'),
    diverged: trans.__('its training diverged'),
    'too-large': trans.__('it is too large'),
    'too-slow': trans.__('it is too slow'),
    'data-not-accepted': trans.__('its data are not accepted'),
    'data-undeclared': trans.__('it has read data that it does not name'),
    licence: trans.__('its licences do not go together'),
    leak: trans.__('it has seen the hidden test'),
    'not-yours': trans.__('somebody else had it trained'),
    copy: trans.__('it is a copy'),
    'no-better': trans.__('it is not surely better'),
    margin: trans.__('it gains too little'),
    regression: trans.__('a slice became worse'),
    'hidden-test-retired': trans.__('the hidden test is used up'),
    stale: trans.__('somebody else merged first'),
    'rolled-back': trans.__('the merge was undone')
  };
  return words[code] ?? code;
}

/** Return millionths of the metric as a decimal, exactly. */
export function micro(units: string): string {
  const amount = BigInt(units);
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return `${amount < 0n ? '−' : ''}${(size / 1_000_000n).toString()}${fraction === '' ? '' : `.${fraction}`}`;
}
