// Writes the script that pages carry: `npm run build`, or to another folder with its path.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const shipped = new URL('../../workbench/pages/templates/check.js', import.meta.url).pathname;
// Whoever gets a page gets the script with it, and with the script its licences.
const licences = ['ed25519', 'hashes'].map(name => {
  const text = readFileSync(new URL(`node_modules/@noble/${name}/LICENSE`, import.meta.url), 'utf8');
  return `@noble/${name}: ${text.replace(/\s+/g, ' ').trim()}`;
});
await build({
  entryPoints: [new URL('src/check.ts', import.meta.url).pathname],
  outfile: process.argv[2] ?? shipped,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2021',
  charset: 'ascii',
  legalComments: 'none',
  banner: { js: `/*! ${licences.join('\n')} */` },
});
