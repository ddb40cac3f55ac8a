import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { openPage } from './page.js';

openPage();
const { Settable } = await import('../lib/context.js');
const { rankRanges, rankText } = await import('../lib/kit/ranks.js');
const { markOf } = await import('../lib/kit/mark_of.js');
const { decimalsFor, fixed, gain } = await import('../lib/kit/decimals.js');
const { mount, NOTHING_YET } = await import('../lib/views/leaderboard/index.js');
const { givenBoard } = await import('../lib/views/leaderboard/source.js');
const { modelLines, metricsOf } = await import('../lib/views/leaderboard/state.js');
const { partsOf, sum } = await import('../lib/views/why/state.js');
const { standings } = await import('../lib/views/value/state.js');
const value = await import('../lib/views/value/index.js');
const { wordsFor } = await import('../lib/words/index.js');

const redrawn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 20));

test('ranks are as far apart as intervals settle, checked against counting', () => {
  const ends = Array.from({ length: 60 }, (_, n) => ({ low: (n * 37) % 23, high: ((n * 37) % 23) + (n % 5) }));
  const counted = ends.map(({ low, high }) => [
    1 + ends.filter(other => other.low > high).length,
    ends.filter(other => other.high >= low).length
  ]);
  assert.deepEqual(rankRanges(ends), counted);
  assert.equal(rankText([3, 3]), '3');
  assert.equal(rankText([3, 5]), '3–5');
});

test('a model keeps its mark, and different digests rarely share one', () => {
  const digests = Array.from({ length: 8 }, (_, n) => createHash('sha256').update(String(n)).digest('hex'));
  assert.deepEqual(digests.map(markOf), digests.map(markOf));
  assert.ok(new Set(digests.map(markOf)).size >= 6);
  assert.ok(digests.every(digest => markOf(digest) >= 0 && markOf(digest) < 56));
});

test('a column has as many decimals as its narrowest interval means', () => {
  const places = decimalsFor([{ value: 0.5, low: 0.4988, high: 0.5012 }]);
  assert.equal(places, 4);
  assert.equal(gain(0.5, places), '+0.5000');
  assert.equal(fixed(-0.00001, places), '0.0000');
  assert.equal(gain(-2, 2), '−2.00');
});

test('parts sum to the amount exactly, past what numbers of JavaScript hold', () => {
  const why = { floor: '9007199254740993', rounding: 1, above_cap: '2' };
  assert.equal(sum(partsOf(why as never)), 9007199254740992n);
});

test('while a study goes on its last look counts, and a name keeps its mark', () => {
  const look = (n_evaluations: number, owner: string, at: number): object =>
    ({ n_evaluations, owner, value: at, low: at - 1, high: at + 1 });
  const looks = [look(4, 'b', 9), look(4, 'a', 1), look(8, 'b', 1), look(8, 'a', 7)];
  const found = standings({ ...value.NOTHING_YET, looks: looks as never });
  assert.deepEqual(found.map(one => [one.owner, one.value, one.mark]), [['a', 7, 0], ['b', 1, 1]]);
});

test('models are ranked by any metric, the way that is better', () => {
  const run = {
    details: {
      metrics: [{ metric: 'loss', unit: 'nats', better: 'lower' }],
      scores: [
        { model: 'x', metric: 'loss', score: 2, low: 1.9, high: 2.1 },
        { model: 'y', metric: 'loss', score: 1, low: 0.9, high: 1.1 }
      ]
    }
  } as never;
  const [metric] = metricsOf(run);
  assert.ok(metric);
  const lines = modelLines(run, metric, 'y');
  assert.deepEqual(lines.map(line => [line.model, rankText(line.rank), line.isChampion]), [['y', '1', true], ['x', '2', false]]);
});

test('a crowd is shown a page at a time, its names as text, in Spanish too', async () => {
  const payouts = Array.from({ length: 10_000 }, (_, n) => ({
    owner: `<img src=x> ${n}`, n_rows: 1, value: n, standard_error: 1, rank: 1, share: 0, amount: '1'
  }));
  const epoch = {
    id: 'e'.repeat(64), number: 1, state: 'final', created_at: '2026-11-26T06:00:00Z',
    pool: '10000', paid: '10000', returned: '0', payouts
  };
  const state = { ...NOTHING_YET, task: 't', tasks: [{ id: 't', title: 'T', champion: null }], epochs: [epoch] };
  const host = document.createElement('div');
  const end = mount(host, { source: givenBoard(new Settable(state as never)), words: wordsFor('es') });
  await redrawn();
  assert.equal(host.querySelectorAll('tbody tr').length, 50);
  assert.equal(host.querySelector('img'), null);
  assert.match(host.textContent, /Clasificación de T/);
  assert.match(host.textContent, /1 a 50 de 10/);
  end();
});
