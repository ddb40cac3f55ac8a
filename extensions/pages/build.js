// Writes the script that pages carry: `npm run build`, or to another folder with its path.
import { build } from 'esbuild';

const shipped = new URL('../../workbench/pages/templates/check.js', import.meta.url).pathname;
await build({
  entryPoints: [new URL('src/check.ts', import.meta.url).pathname],
  outfile: process.argv[2] ?? shipped,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2021',
  charset: 'ascii',
  legalComments: 'inline',
});
