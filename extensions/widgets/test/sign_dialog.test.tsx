import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import type { Api, Prepared } from '../lib/api.js';
import { openPage, until } from './page.js';

const page = openPage();
const { h, render } = await import('preact');
const { SignDialog } = await import('../lib/kit/index.js');
const { problemFrom } = await import('../lib/problem.js');

const PREPARED: Prepared = {
  token: 't',
  verb: 'pay',
  identity: 'ana',
  kind: 'payout',
  body: { task: 'speech' },
  opens: null,
  sha256: 'f'.repeat(64),
  words: 'I pay the whole pool of the task <b>speech</b>.',
  expires_in_seconds: 300
};

const hosts: HTMLElement[] = [];

interface Told {
  signed: number;
  cancelled: number;
  host: HTMLElement;
}

async function shown(prepare: () => Promise<Prepared>): Promise<Told> {
  const host = document.createElement('div');
  document.body.append(host);
  hosts.push(host);
  const told = { signed: 0, cancelled: 0, host };
  const api = {
    prepare,
    sign: () => {
      told.signed += 1;
      return Promise.resolve({});
    }
  } as unknown as Api;
  render(
    h(SignDialog, {
      api,
      verb: 'pay',
      args: { study: 's' },
      title: 'Pay the pool?',
      onSigned: () => undefined,
      onCancel: () => (told.cancelled += 1)
    }),
    host
  );
  await until(() => host.querySelector('.wb-Dialog-words, [role=alert]') !== null);
  return told;
}

// The token's timer ends with its dialog.
afterEach(() => {
  hosts.splice(0).forEach(host => {
    render(null, host);
  });
});

const button = (told: Told, text: string): HTMLButtonElement => {
  const found = [...told.host.querySelectorAll('button')].find(one => one.textContent === text);
  assert.ok(found, text);
  return found;
};

test('the words and the record are shown as text before anything can be signed', async () => {
  const told = await shown(() => Promise.resolve(PREPARED));
  assert.equal(told.host.querySelector('.wb-Dialog-words')?.textContent, PREPARED.words);
  assert.match(told.host.querySelector('pre')?.textContent ?? '', /"task": "speech"/);
  assert.equal(document.activeElement, button(told, 'Cancel'));
});

test("a script's click signs nothing", async () => {
  const told = await shown(() => Promise.resolve(PREPARED));
  const event = new page.MouseEvent('click', { bubbles: true });
  button(told, 'Sign').dispatchEvent(event as never);
  assert.equal(told.signed, 0);
});

test('cancelling signs nothing', async () => {
  const told = await shown(() => Promise.resolve(PREPARED));
  button(told, 'Cancel').click();
  assert.deepEqual([told.cancelled, told.signed], [1, 0]);
});

test('a refusal has one button, which looks again', async () => {
  let n = 0;
  const told = await shown(() => {
    n += 1;
    const refusal = problemFrom(409, JSON.stringify({ title: 'InvalidMoveError', detail: 'no pool' }));
    return n === 1 ? Promise.reject<Prepared>(refusal) : Promise.resolve(PREPARED);
  });
  assert.match(told.host.textContent, /no pool/);
  assert.equal(button(told, 'Sign').getAttribute('aria-disabled'), 'true');
  button(told, 'Look again').click();
  await until(() => told.host.querySelector('[role=alert]') === null);
  await until(() => told.host.querySelector('.wb-Dialog-words') !== null);
  assert.equal(told.host.querySelector('.wb-Dialog-words')?.textContent, PREPARED.words);
});
