import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { createApi, type JobEvent } from '../lib/api.js';
import { Problem } from '../lib/problem.js';
import { after, NOTHING_YET } from '../lib/views/job/state.js';

// Node has no page that tells of the network; what waits for it listens here.
const page = new EventTarget();
Object.assign(globalThis, {
  addEventListener: page.addEventListener.bind(page),
  removeEventListener: page.removeEventListener.bind(page)
});

interface Asked {
  address: string;
  init: RequestInit;
}

/** Answer requests in turn from a script, and remember what was asked. */
function scripted(answers: (Response | Error)[]): { asked: Asked[]; send: (a: string, i: RequestInit) => Promise<Response> } {
  const asked: Asked[] = [];
  return {
    asked,
    send: (address, init) => {
      asked.push({ address, init });
      const answer = answers.shift();
      return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer ?? new Error('over'));
    }
  };
}

const stream = (text: string): Response => new Response(text, { headers: { 'Content-Type': 'text/event-stream' } });

test('parts of a path are encoded, empty queries left out', async () => {
  const { asked, send } = scripted([Response.json({}), Response.json([])]);
  const api = createApi(send);
  await api.get('/jobs/{job}', { path: { job: 'a/../b?' } });
  await api.get('/jobs', { query: { task: null } });
  assert.deepEqual(
    asked.map(one => one.address),
    ['api/jobs/a%2F..%2Fb%3F', 'api/jobs']
  );
});

test('a refusal is thrown as a problem', async () => {
  const body = { title: 'NotFoundError', status: 404, detail: 'there is no job x' };
  const { send } = scripted([Response.json(body, { status: 404 })]);
  await assert.rejects(createApi(send).get('/jobs/{job}', { path: { job: 'x' } }), Problem);
});

test('a watch goes on behind the last event when the connection drops', async () => {
  const { asked, send } = scripted([
    stream(': watching\n\nid: 0\ndata: {"type":"note","message":"a"}\n\nid: 1\ndata: {"type":"no'),
    new TypeError('Failed to fetch'),
    stream('id: 1\r\ndata: {"type":"note","message":"b"}\r\n\r\nid: 2\r\ndata: {"type":"end","state":"done"}\r\n\r\n')
  ]);
  const seen: [number, JobEvent][] = [];
  const states: string[] = [];
  await createApi(send).watch('j', {
    signal: new AbortController().signal,
    onEvent: (event, number) => seen.push([number, event]),
    onConnection: state => states.push(state)
  });
  assert.deepEqual(
    seen.map(([number]) => number),
    [0, 1, 2]
  );
  assert.deepEqual(states, ['live', 'waiting', 'waiting', 'live']);
  const headers = asked.map(one => new Headers(one.init.headers).get('Last-Event-ID'));
  assert.deepEqual(headers, [null, '0', '0']);
});

test('a watch of what is not there ends with the refusal', async () => {
  const { asked, send } = scripted([Response.json({ detail: 'no job' }, { status: 404 })]);
  const watching = { signal: new AbortController().signal, onEvent: () => undefined };
  await assert.rejects(createApi(send).watch('j', watching), Problem);
  assert.equal(asked.length, 1);
});

test('a stream that has fallen silent, as that of a closed laptop, is taken up again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const silent = new ReadableStream<Uint8Array>({
      start: controller => {
        controller.enqueue(new TextEncoder().encode('id: 0\ndata: {"type":"note","message":"a"}\n\n'));
      }
    });
    const { asked, send } = scripted([
      new Response(silent),
      stream('id: 1\ndata: {"type":"end","state":"done"}\n\n')
    ]);
    const states: string[] = [];
    let isOver = false;
    const watched = createApi(send)
      .watch('j', {
        signal: new AbortController().signal,
        onEvent: () => undefined,
        onConnection: state => states.push(state)
      })
      .then(() => {
        isOver = true;
      });
    const later = async (milliseconds: number): Promise<void> => {
      await new Promise(resolve => setImmediate(resolve));
      mock.timers.tick(milliseconds);
      await new Promise(resolve => setImmediate(resolve));
    };
    await later(29_000);
    assert.deepEqual(states, ['live']);
    await later(1_000);
    assert.deepEqual(states, ['live', 'waiting']);
    assert.equal(isOver, false);
    await later(500);
    await watched;
    assert.deepEqual(states, ['live', 'waiting', 'live']);
    assert.equal(new Headers(asked[1]?.init.headers).get('Last-Event-ID'), '0');
  } finally {
    mock.timers.reset();
  }
});

test('an upload goes on where the server is, after a lost connection too', async () => {
  const file = new Blob([new Uint8Array(10)]);
  const head = (offset: number): Response =>
    new Response(null, { headers: { 'Upload-Offset': `${offset}` } });
  const { asked, send } = scripted([
    head(0),
    new TypeError('Failed to fetch'),
    head(4),
    Response.json({ sha256: 'f'.repeat(64), size: 10 })
  ]);
  const states: string[] = [];
  const stored = await createApi(send).upload(file, {
    id: 'an-upload-of-a-test',
    onProgress: (arrived, _, state) => states.push(`${state} ${arrived}`)
  });
  assert.equal(stored.size, 10);
  assert.deepEqual(states, ['storing 0', 'waiting 0', 'storing 4', 'storing 10']);
  assert.equal(asked[3]?.address, 'uploads/an-upload-of-a-test?offset=4&size=10');
  assert.equal((asked[3].init.body as Blob).size, 6);
});

test('a training that was resumed tells steps again, and the later loss stands', () => {
  const metric = (step: number, loss: number): JobEvent => ({ type: 'metric', step, loss, tokens_per_second: 1 });
  const told = [metric(1, 3), metric(2, 2.5), metric(3, 2.4), metric(2, 2.6), metric(3, 2.3)];
  assert.deepEqual(told.reduce(after, NOTHING_YET).losses, [
    [1, 3],
    [2, 2.6],
    [3, 2.3]
  ]);
});

test('events of unknown types and shapes change nothing', () => {
  const odd = [{ type: 'later' }, { type: 'metric', step: 'x', loss: null }] as JobEvent[];
  assert.deepEqual(odd.reduce(after, NOTHING_YET), NOTHING_YET);
});
