import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Schemas } from '../lib/api.js';
import { openPage, until } from './page.js';

openPage();
const { Settable } = await import('../lib/context.js');
const { mount } = await import('../lib/views/proposal/index.js');
const { against, deedsOf, isReady, micro, reasonWord } = await import('../lib/views/proposal/state.js');
const { wordsFor } = await import('../lib/words/index.js');

type Proposal = Schemas['ProposalView'];
type Review = Proposal['reviews'][number];

const HOSTILE = '<img src=x onerror="window.hacked = 1">';

function proposal(changes: Partial<Proposal> = {}): Proposal {
  return {
    id: 'a'.repeat(64), task: 'hills', owner: 'me', base: 'b'.repeat(64), recipe: null, weights: 'c'.repeat(64),
    contributions: [], shares: [{ role: 'author', owner: 'me', part: '1' }], claim: HOSTILE, state: 'evaluated',
    reason: '', remedy: '', model: 'c'.repeat(64), again_at: null, verdicts: [], reviews: [], approvals: 1,
    approvals_wanted: 1, pays: '12500000', merge: null, job: null, created_at: '2026-11-26T10:00:00Z',
    updated_at: '2026-11-26T10:00:00Z', ...changes
  };
}

function review(owner: string, decision: Review['decision']): Review {
  return { record: `${owner} ${decision}`, reviewer: owner, owner, decision, text: 'x', created_at: '2026-11-26T10:00:00Z' };
}

test('of each owner group the last word stands, and the proposer decides nothing', () => {
  const reviews = [
    review('rita', 'request-changes'), review('rita', 'comment'), review('eva', 'request-changes'),
    review('eva', 'approve'), review('me', 'request-changes')
  ];
  assert.deepEqual(against(proposal({ reviews })), ['rita']);
  assert.equal(isReady(proposal({ reviews })), false);
  assert.equal(isReady(proposal()), true);
  assert.equal(isReady(proposal({ approvals_wanted: 2 })), false);
});

test('everybody is offered what they may do', () => {
  const around = { sponsor: 'sponsor', champion: 'b'.repeat(64), owner: 'rita' };
  assert.deepEqual(deedsOf(proposal(), around), { decide: true, merge: false, rollBack: false });
  assert.deepEqual(deedsOf(proposal(), { ...around, owner: 'me' }), { decide: false, merge: false, rollBack: false });
  assert.deepEqual(deedsOf(proposal(), { ...around, owner: 'sponsor' }), { decide: true, merge: true, rollBack: false });
  const merge = { rolled_back_at: null } as Proposal['merge'];
  const merged = proposal({ state: 'merged', merge });
  const sponsor = { ...around, owner: 'sponsor' };
  assert.equal(deedsOf(merged, { ...sponsor, champion: merged.model }).rollBack, true);
  assert.equal(deedsOf(merged, sponsor).rollBack, false);
  assert.deepEqual(deedsOf(proposal({ state: 'rejected' }), around), { decide: false, merge: false, rollBack: false });
});

test('a certified gain is exact, and a code that nobody knows is shown as it is', () => {
  assert.equal(micro('239246'), '0.239246');
  assert.equal(micro('9007199254740993000000'), '9007199254740993');
  assert.equal(micro('-1500000'), '−1.5');
  assert.equal(reasonWord('copy', wordsFor('es')), 'es una copia');
  assert.equal(reasonWord('<b>', wordsFor('en')), '<b>');
});

test('a merge that was undone says why, who stands again, and what became of its bounty', async () => {
  const host = document.createElement('div');
  const merge = {
    id: 'm', bounty: '239725000', bounties: { me: '239725000' }, state: 'void', final_at: '2026-11-27T10:00:00Z',
    rolled_back_at: '2026-11-26T11:00:00Z', rolled_back_because: HOSTILE
  } as unknown as NonNullable<Proposal['merge']>;
  const around = { sponsor: 'sponsor', champion: 'b'.repeat(64), owner: 'me' };
  const told = proposal({ state: 'merged', reason: 'rolled-back', merge, pays: null });
  const source = new Settable({ proposal: 'a', told, diff: null, around, problem: null });
  const end = mount(host, { source, words: wordsFor('en') });
  await until(() => host.textContent.includes('It was rolled back on'));
  for (const said of [HOSTILE, 'bbbbbbbbbbbb, stands again.', 'Its bounty of 239.725 credits went back to the task.', 'returned']) {
    assert.ok(host.textContent.includes(said), said);
  }
  assert.equal(host.querySelector('img'), null);
  assert.ok(!host.textContent.includes('me: 239.725'));
  source.set({ ...source.get(), told: { ...told, merge: { ...merge, state: 'final' } }, around: { ...around, champion: 'd'.repeat(64) } });
  await until(() => host.textContent.includes('was paid before, and stays paid.'));
  assert.ok(!host.textContent.includes('stands again'));
  end();
});

test('without an api a card shows what it was told, as text, and offers nothing that could not work', async () => {
  const host = document.createElement('div');
  document.body.append(host);
  const state = { proposal: 'a', told: proposal({ reviews: [review(HOSTILE, 'approve')] }), diff: null, around: null, problem: null };
  const end = mount(host, { source: new Settable(state), words: wordsFor('en') });
  await until(() => host.textContent.includes('It is approved'));
  const text = host.textContent;
  assert.equal(text.split(HOSTILE).length, 3);
  assert.equal(host.querySelector('img'), null);
  assert.ok(text.includes('12.50 credits'));
  assert.deepEqual([...host.querySelectorAll('button')].map(button => button.textContent), ['Copy']);
  end();
  host.remove();
});
