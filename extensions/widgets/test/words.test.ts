import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { wordsFor } from '../lib/words/index.js';

const HERE = new URL('..', import.meta.url);
const TEXT = /trans\s*\.(?:__|_n)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;

function texts(folder: URL): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.tsx?$/.test(name))
    .flatMap(name => [...readFileSync(new URL(name, folder), 'utf8').matchAll(TEXT)])
    .map(found => found[1]?.replaceAll("\\'", "'") ?? found[2] ?? '');
}

test('the Spanish catalogue has every text and none that is gone', () => {
  const used = new Set([...texts(new URL('src/', HERE)), ...texts(new URL('../labextension/src/', HERE))]);
  const catalogue = JSON.parse(readFileSync(new URL('src/words/es.json', HERE), 'utf8')) as object;
  const known = new Set(Object.keys(catalogue));
  assert.deepEqual([...used].filter(text => !known.has(text)), []);
  assert.deepEqual([...known].filter(text => !used.has(text)), []);
});

test('a translation keeps every argument', () => {
  const catalogue = JSON.parse(readFileSync(new URL('src/words/es.json', HERE), 'utf8')) as Record<string, unknown>;
  const places = (text: string): string => [...text.matchAll(/%\d/g)].map(String).sort().join();
  for (const [text, translated] of Object.entries(catalogue)) {
    if (typeof translated === 'string') {
      assert.equal(places(translated), places(text), text);
    }
  }
});

test('arguments and plurals are filled in', () => {
  const english = wordsFor('en');
  assert.equal(english.__('Job %1', '$& %2'), 'Job $& %2');
  assert.equal(english._n('one row', '%1 rows of %2', 3, 'Ana'), '3 rows of Ana');
  const spanish = wordsFor('es_MX');
  assert.equal(spanish.__('Sign'), 'Firmar');
  assert.equal(spanish._n('about %1 s left', 'about %1 s left', 5), 'faltan alrededor de 5 s');
  assert.equal(spanish.__('a text that nobody has translated'), 'a text that nobody has translated');
});
