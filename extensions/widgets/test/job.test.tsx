import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openPage, until } from './page.js';

openPage();
const { Settable } = await import('../lib/context.js');
const { mount, NOTHING_YET } = await import('../lib/views/job/index.js');
const { wordsFor } = await import('../lib/words/index.js');

const JOB = {
  id: 'a'.repeat(64),
  verb: 'train',
  task: '<img src=x onerror=alert(1)>',
  state: 'running',
  result: null,
  problem: null,
  attempts: 1,
  requested_by: 'ana',
  priority: 'normal',
  created_at: '2026-11-26T06:00:00Z',
  finished_at: null
} as const;

test('names are text, and without an api there is nothing to press but code', async () => {
  const host = document.createElement('div');
  const source = new Settable({ ...NOTHING_YET, job: JOB, connection: 'static' as const });
  const end = mount(host, { source, words: wordsFor('en') });
  await until(() => host.querySelector('h2') !== null);
  assert.equal(host.querySelector('img'), null);
  assert.match(host.querySelector('h2')?.textContent ?? '', /<img src=x/);
  const buttons = [...host.querySelectorAll('button')].map(button => button.textContent);
  assert.deepEqual(buttons, ['Copy']);
  end();
  assert.equal(host.textContent, '');
});

test('a failure shows cause, next step and the end of the log', async () => {
  const host = document.createElement('div');
  const log = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n');
  const problem = {
    title: 'MemoryLimitError', status: 507, type: 'about:blank',
    detail: 'the worker used 3 GB', wanted: 'at most 2 GB', next_step: 'a smaller batch', facts: { log }
  };
  const source = new Settable({ ...NOTHING_YET, job: JOB, connection: 'live' as const });
  const end = mount(host, { source, words: wordsFor('es') });
  source.set({ ...source.get(), job: { ...JOB, state: 'failed', problem } as never });
  await until(() => host.querySelector('[role=alert]') !== null);
  const alert = host.querySelector('[role=alert]')?.textContent ?? '';
  assert.match(alert, /Siguiente paso/);
  assert.match(alert, /a smaller batch/);
  assert.match(alert, /line 29/);
  assert.doesNotMatch(alert, /line 9\b/);
  end();
});
