import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fault, type Argument } from '../lib/views/verb/call.js';
import { wordsFor } from '../lib/words/index.js';

const AMOUNT: Argument = { name: 'amount', label: 'Amount', about: '', kind: 'amount', isRequired: true };
const ENGLISH = wordsFor('en');

test('an amount is more than 0, has a point, and fits into a ledger', () => {
  for (const right of ['1', '12.5', '0.000001', '0012.5', '9223372036854.775807']) {
    assert.equal(fault(AMOUNT, ` ${right} `, ENGLISH), null, right);
  }
  const wrong: Record<string, string> = {
    '12,5': 'is no amount', '-1': 'is no amount', '1e3': 'is no amount', '1.': 'is no amount', '.5': 'is no amount',
    '0.0000001': 'is no amount', '١٢': 'is no amount', '<b>': 'is no amount',
    '0': 'moves nothing', '0.000000': 'moves nothing',
    '9223372036854.775808': 'is more than the', [`1${'0'.repeat(5000)}`]: 'is more than the'
  };
  for (const [told, why] of Object.entries(wrong)) {
    const said = fault(AMOUNT, told, ENGLISH) ?? '';
    assert.ok(said.startsWith(`“${told.slice(0, 40)}” ${why}`), `${told.slice(0, 40)}: ${said}`);
    assert.match(said, /Write /);
  }
  assert.match(fault(AMOUNT, '12,5', wordsFor('es')) ?? '', /^«12,5» no es una cantidad/);
});

test('an amount that may be missing may be missing', () => {
  assert.equal(fault({ ...AMOUNT, isRequired: false }, ' ', ENGLISH), null);
  assert.notEqual(fault(AMOUNT, ' ', ENGLISH), null);
});
