import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bytes, credits, measured, short } from '../lib/kit/format.js';

test('credits are exact, however large', () => {
  assert.equal(credits('166666667'), '166.666667');
  assert.equal(credits('166670000'), '166.67');
  assert.equal(credits('0'), '0.00');
  assert.equal(credits('-1'), '−0.000001');
  // As a float this would end in …807.
  assert.equal(credits('9223372036854775807').replaceAll('\u2009', ''), '9223372036854.775807');
  assert.equal(credits('12345000000'), '12\u2009345.00');
});

test('an amount that is no whole number is refused', () => {
  assert.throws(() => credits('1.5'), SyntaxError);
});

test('measured numbers keep their significant digits, and none that were not measured', () => {
  assert.equal(measured(2.50634), '2.506');
  assert.equal(measured(-0.000123456), '−0.0001235');
  assert.equal(measured(1234567), '1\u2009234\u2009567');
  assert.equal(measured(NaN), '–');
});

test('bytes have a unit', () => {
  assert.equal(bytes(999), '999\u202fB');
  assert.equal(bytes(50_000_000), '50.0\u202fMB');
});

test('ids are shortened, names are not', () => {
  assert.equal(short('a'.repeat(64)), 'a'.repeat(12));
  assert.equal(short('speak-nahuatl-and-otomi-and-more'), 'speak-nahuatl-and-otomi-and-more');
});
