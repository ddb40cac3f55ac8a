import assert from 'node:assert/strict';
import { test } from 'node:test';

import { codeOf } from '../lib/views/fine_tune/form.js';
import { costOf, duration } from '../lib/views/fine_tune/sizes.js';
import { asked, fits, knobsOf, stateFrom } from '../lib/views/fine_tune/state.js';

const KNOBS = knobsOf('causal-lm');

test('only what was typed is asked for, as numbers where it is one', () => {
  const typed = { steps: ' 12 ', learning_rate: '2e-3', keep: 'last', rank: '', of_another_kind: '3' };
  assert.deepEqual(asked(KNOBS, typed), { steps: 12, learning_rate: 0.002, keep: 'last' });
});

test('what is no number is seen before it is sent', () => {
  const whole = KNOBS.find(knob => knob.name === 'steps');
  const number = KNOBS.find(knob => knob.name === 'learning_rate');
  assert.ok(whole && number);
  for (const text of ['many', '-1', '1.5', '1e3', '9'.repeat(10)]) {
    assert.equal(fits(whole, text), false, text);
  }
  for (const text of ['.5', '0.01', '1e-3', '']) {
    assert.equal(fits(number, text), true, text);
  }
  assert.equal(fits(number, 'Infinity'), false);
});

test('a name cannot leave its string in the code that is shown', () => {
  const code = codeOf('speech', { size: 'quick', owners: ['a"); import os #'] }, { steps: 3 });
  assert.match(code, /bench\.train\("speech", size="quick", owners=\["a\\"\); import os #"\], steps=3\)$/);
});

test('one prediction is good for every size where steps make no difference', () => {
  const one = { size: 'any', steps: null, seconds: 2, seconds_low: 1, seconds_high: 3, memory_bytes: 9, fits: true, reason: '' };
  assert.equal(costOf('quick', [one]), one);
  assert.equal(costOf('quick', []), undefined);
  assert.equal(costOf('quick', [one, { ...one, size: 'thorough' }]), undefined);
});

test('time has a unit that one can picture', () => {
  assert.deepEqual([0.98, 42, 600, 9000].map(duration), [
    '0.98\u202fs',
    '42\u202fs',
    '10\u202fmin',
    '2.5\u202fh'
  ]);
});

test('of what a host is given only choices are taken', () => {
  assert.deepEqual(stateFrom({ task: 't', size: 'huge', owners: [1, 'ana'], parameters: { steps: 5, x: {} } }), {
    task: 't',
    owners: ['ana'],
    parameters: { steps: '5' }
  });
});
