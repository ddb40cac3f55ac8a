import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createApi } from '../lib/api.js';
import { Problem } from '../lib/problem.js';
import { peek, peekText } from '../lib/views/contribute/first_rows.js';
import { rejectedCsv } from '../lib/views/contribute/rejected.js';
import { after, asKept, NOTHING } from '../lib/views/contribute/state.js';
import { codeOf } from '../lib/views/contribute/wizard.js';

const page = new EventTarget();
Object.assign(globalThis, {
  addEventListener: page.addEventListener.bind(page),
  removeEventListener: page.removeEventListener.bind(page)
});

test('quotes, separators and line breaks in cells are read as RFC 4180 has them', () => {
  const found = peekText('a;b\r\n"x;""y""\nz";2\r\n3;4', 'csv', true);
  assert.deepEqual(found, { columns: ['a', 'b'], rows: [['x;"y"\nz', '2'], ['3', '4']], first: 2 });
});

test('a row that the cut goes through is left out, unless it is the only one', () => {
  assert.deepEqual(peekText('a,b\n1,2\n3,', 'csv', false)?.rows, [['1', '2']]);
  assert.deepEqual(peekText('a,b\n1,2', 'csv', false)?.rows, [['1', '2']]);
});

test('lines of JSON and of text have columns too; what is neither says nothing', () => {
  assert.deepEqual(peekText('{"a":1,"b":"x"}\n{"b":null}\n', 'jsonl', true), {
    columns: ['a', 'b'],
    rows: [['1', 'x'], ['', 'null']],
    first: 1
  });
  assert.deepEqual(peekText('one\n\ntwo\n', 'txt', true), { columns: ['text'], rows: [['one'], ['two']], first: 1 });
  assert.equal(peekText('no json\n', 'jsonl', true), null);
});

test('only a beginning is read, and only of what a browser can read', async () => {
  const file = new Blob(['text\n', 'x'.repeat(10), '\n', 'y'.repeat(200_000)]);
  const found = await peek(file, 'ROWS.CSV');
  assert.deepEqual(found?.rows, [['x'.repeat(10)]]);
  assert.equal(await peek(file, 'rows.csv.gz'), null);
  assert.equal(await peek(file, 'rows.parquet'), null);
});

test('refused rows become a CSV with their reason, and no formula', () => {
  const line = (row: number, text: string): string =>
    JSON.stringify({ row, gate: 'schema', code: 'empty', outcome: 'dropped', message: 'is "empty"', values: { row: text } });
  assert.equal(
    rejectedCsv(`${line(2, '=1+1')}\n${line(3, 'plain')}\n`),
    '"row","reason","gate","code","outcome","row (file)"\r\n' +
      '"2","is ""empty""","schema","empty","dropped","\'=1+1"\r\n' +
      '"3","is ""empty""","schema","empty","dropped","plain"\r\n'
  );
});

test('a draft that a link names is shown at its checks; nonsense begins anew', () => {
  assert.equal(asKept({ contribution: 'c' }).step, 'checks');
  assert.equal(asKept(null).step, 'task');
});

test('gates are told one by one', () => {
  const events = [
    { type: 'gate', gate: 'format', state: 'started' },
    { type: 'gate', gate: 'format', state: 'finished', seconds: 0.5 },
    { type: 'gate', gate: 'schema', state: 'started' },
    { type: 'later' }
  ];
  assert.deepEqual(events.reduce(after, NOTHING).gates, {
    format: { state: 'finished', seconds: 0.5 },
    schema: { state: 'started', seconds: null }
  });
});

test('the code of a draft does what was clicked, whatever the names hold', () => {
  const kept = asKept({
    step: 'checks',
    task: 'speech',
    upload: { id: 'u', name: 'a"b.csv', size: 1, modified: 1 },
    license: 'CC0-1.0',
    past: [{ draft: 'd', drop: true }]
  });
  assert.match(codeOf(kept), /contribute\("a\\"b\.csv", license="CC0-1\.0"\)/);
  assert.match(codeOf(kept), /draft\.mask\(drop=True\)/);
});

const details = (status: number, facts: object): Response =>
  Response.json({ title: 'X', status, detail: 'found', wanted: '', next_step: '', facts }, { status });
const head = (offset: number, more: Record<string, string> = {}): Response =>
  new Response(null, { headers: { 'Upload-Offset': `${offset}`, ...more } });
const blob = { sha256: 'f'.repeat(64), size: 10 };

function answering(answers: Response[]): { asked: string[]; api: ReturnType<typeof createApi> } {
  const asked: string[] = [];
  const api = createApi((address, init) => {
    asked.push(`${init.method ?? 'GET'} ${address}`);
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new Error('over'));
  });
  return { asked, api };
}

test('other bytes are missing: the upload goes on there at once', async () => {
  const { asked, api } = answering([head(0), details(409, { reason: 'offset', offset: 4 }), Response.json(blob)]);
  await api.upload(new Blob([new Uint8Array(10)]), { id: 'an-upload-of-a-test' });
  assert.equal(asked[2], 'PUT uploads/an-upload-of-a-test?offset=4&size=10');
});

test('another size is another file, and a full disk is no lost connection', async () => {
  const options = { id: 'an-upload-of-a-test' };
  const file = new Blob([new Uint8Array(10)]);
  const other = answering([head(4, { 'Upload-Length': '11' })]);
  await assert.rejects(other.api.upload(file, options), (thrown: Problem) => thrown.details.facts.reason === 'changed');
  const full = answering([head(0), details(507, { path: '/cache' })]);
  await assert.rejects(full.api.upload(file, options), (thrown: Problem) => thrown.status === 507);
  assert.equal(full.asked.length, 2);
});

test('a file that the server has is asked for by its end', async () => {
  const { asked, api } = answering([head(10, { 'Upload-Complete': '?1' }), Response.json(blob)]);
  assert.deepEqual(await api.upload(new Blob([new Uint8Array(10)]), { id: 'an-upload-of-a-test' }), blob);
  assert.equal(asked[1], 'PUT uploads/an-upload-of-a-test?offset=10&size=10');
});
