import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asProblem, problemFrom } from '../lib/problem.js';

test('a refusal of the server keeps its words and facts', () => {
  const told = {
    type: 'about:blank',
    title: 'TooLargeError',
    status: 413,
    detail: 'the file has 3 GB',
    wanted: 'at most 2 GB',
    next_step: 'send it in two files',
    facts: { limit: 2 }
  };
  const problem = problemFrom(413, JSON.stringify(told));
  assert.equal(problem.name, 'TooLargeError');
  assert.deepEqual(
    [problem.found, problem.wanted, problem.nextStep],
    ['the file has 3 GB', 'at most 2 GB', 'send it in two files']
  );
  assert.deepEqual(problem.details.facts, { limit: 2 });
  assert.equal(problem.passes, false);
});

test("a proxy's page becomes a problem with a next step", () => {
  const problem = problemFrom(502, '<html>Bad Gateway</html>');
  assert.equal(problem.status, 502);
  assert.notEqual(problem.nextStep, '');
  assert.equal(problem.passes, true);
});

test('an expired login says so', () => {
  assert.match(problemFrom(403, '').nextStep, /log in/);
});

test('fields of other types are not believed', () => {
  const problem = problemFrom(500, '{"detail": {"toString": 1}, "facts": "x", "title": 7}');
  assert.match(problem.found, /500/);
  assert.deepEqual(problem.details.facts, {});
});

test('a request without an answer is a problem that passes', () => {
  const problem = asProblem(new TypeError('Failed to fetch'));
  assert.equal(problem.passes, true);
  assert.match(problem.found, /Failed to fetch/);
});
