// Bundles the cards into one file that needs nothing else: no CDN, no second request.
import { build } from 'esbuild';

const out = '../../workbench/widgets/static';
await build({
  entryPoints: { cards: 'src/anywidget/cards.ts' },
  outdir: out,
  bundle: true,
  format: 'esm',
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning'
});
await build({
  entryPoints: { style: 'src/style.css' },
  outdir: out,
  bundle: true,
  minify: true,
  logLevel: 'warning'
});
