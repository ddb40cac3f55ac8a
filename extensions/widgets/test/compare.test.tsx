import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { openPage } from './page.js';

openPage();
const { Settable } = await import('../lib/context.js');
const { mount, NOTHING_CHOSEN, stateFrom } = await import('../lib/views/compare/index.js');
const { readFound, ranked } = await import('../lib/views/compare/details.js');
const { configurationRows } = await import('../lib/views/compare/configuration.js');
const { verdictOf } = await import('../lib/views/compare/verdict.js');
const { wordsFor } = await import('../lib/words/index.js');

type Told = NonNullable<import('../lib/views/compare/index.js').CompareState['told']>;
type Found = NonNullable<ReturnType<typeof readFound>>;

// Recorded by a server: two fine-tunes of a tiny model, and their base.
const RUN = JSON.parse(readFileSync(new URL('comparison.json', import.meta.url), 'utf8')) as Told['view'];
const EN = wordsFor('en');
const redrawn = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 20));
const found = (): Found => {
  const got = readFound(RUN);
  assert.ok(got);
  return got;
};

test('the first sentence says which is better, by how much and how sure', () => {
  const verdict = verdictOf(found(), model => model.slice(0, 6), EN);
  assert.ok(verdict);
  // Python's own verdict of the same run: better by 0.0435 (0.0299 to 0.0567), p < 0.001.
  assert.equal(verdict.which, '28d6fa is better than 8f2e00.');
  assert.equal(verdict.howMuch, 'By 0.0435 nats a token; the 95 % interval goes from 0.0299 to 0.0567.');
  assert.match(verdict.howSure, /fewer than 1 of 1000 .*p < 0\.001, sign-flip, exact, 20 hidden items/);
  assert.equal(verdict.isSure, true);
});

test('what may be chance is called so, whichever is ahead', () => {
  const unsure = (difference: number): Found => ({
    ...found(),
    scores: found().scores.map(line =>
      line.difference === null
        ? line
        : { ...line, difference, difference_low: -0.2, difference_high: 0.3, p: 0.41, verdict: 'no difference' }
    )
  });
  const behind = verdictOf(unsure(0.05), model => model.slice(0, 6), EN);
  assert.match(behind?.which ?? '', /^No sure difference: 28d6fa is ahead of 8f2e00/);
  assert.match(behind?.howMuch ?? '', /from −0.200 to 0.300\.$/);
  assert.match(behind?.howSure ?? '', /in 410 of 1000/);
  const ahead = verdictOf(unsure(-0.05), model => model.slice(0, 6), EN);
  assert.match(ahead?.which ?? '', /^No sure difference: 8f2e00 is ahead of 28d6fa/);
  assert.equal(ahead?.isSure, false);
});

test('where higher is better the ranks turn round', () => {
  const higher: Found = { ...found(), metrics: [{ metric: 'loss-per-token', unit: 'x', better: 'higher' }] };
  assert.deepEqual(
    ranked(higher).map(line => line.model.slice(0, 4)),
    ['28d6', 'base', '8f2e']
  );
  assert.equal(verdictOf(higher, model => model.slice(0, 4), EN)?.which, 'Base is better than 28d6.');
});

test('of the settings those come first that differ, and a base has none', () => {
  const made = (rate: number): Told['view'] => ({
    ...RUN,
    details: { size: 'quick', n_rows: 40 },
    recipe: { name: 'causal-lm', parameters: { learning_rate: rate, rank: 2 }, seed: '1', digest: 'd' }
  });
  const rows = configurationRows(['a', 'b', 'base'], { a: made(0.01), b: made(0.02) }, EN);
  assert.deepEqual(
    rows.filter(row => row.differs).map(row => [row.name, ...row.values]),
    [['learning_rate', '0.01', '0.02', '–']]
  );
  assert.deepEqual(configurationRows(['base'], {}, EN), []);
});

test('a comparison is read without anybody to ask, and what people wrote stays text', async () => {
  const host = document.createElement('div');
  const evil = '<img src=x onerror=alert(1)>';
  const view: Told['view'] = {
    ...RUN,
    details: {
      ...RUN.details,
      generations: [{ prompt: evil, model: 'base', text: '<script>alert(2)</script>' }],
      slices: (RUN.details.scores as object[]).map(line => ({ ...line, by: 'source', value: evil, n_items: 20 }))
    }
  };
  const told: Told = { view, champion: found().models[0] ?? null, runs: [], writes: true };
  const source = new Settable({ ...NOTHING_CHOSEN, run: RUN.id, told });
  const end = mount(host, { source, words: EN });
  await redrawn();
  assert.equal(host.querySelector('img, script'), null);
  assert.match(host.textContent, /<img src=x onerror/);
  assert.match(host.querySelector('.wb-Verdict-which')?.textContent ?? '', /The champion 28d6fa03d67b is better/);
  assert.match(host.querySelector('tbody tr')?.textContent ?? '', /28d6fa03d67b.*champion/);
  assert.equal(host.querySelectorAll('textarea').length, 0);
  end();
});

test('a run that is no comparison is told so, and odd choices are not taken', async () => {
  assert.equal(readFound({ ...RUN, kind: 'fine-tune' }), null);
  assert.equal(readFound({ ...RUN, details: { scores: 'x', metrics: 3 } }), null);
  assert.deepEqual(stateFrom({ task: 3, models: ['a', 7], run: 'r', told: {} }), { run: 'r', models: ['a'] });
  const host = document.createElement('div');
  const told: Told = { view: { ...RUN, kind: 'fine-tune' }, champion: null, runs: [], writes: false };
  const end = mount(host, { source: new Settable({ ...NOTHING_CHOSEN, told }), words: wordsFor('es') });
  await redrawn();
  assert.match(host.textContent, /no contiene una comparación/);
  end();
});
