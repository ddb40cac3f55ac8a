// Bundles each widget into one file that needs nothing else: no CDN, no second request.
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

import { build } from 'esbuild';

const widgets = readdirSync('src/anywidget').filter(name => name.endsWith('.ts'));
const out = '../../workbench/widgets/static';
await build({
  entryPoints: Object.fromEntries(
    widgets.map(name => [basename(name, '.ts'), `src/anywidget/${name}`])
  ),
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
