import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { api } from './plugins/api.js';
import { compare } from './plugins/compare.js';
import { job } from './plugins/job.js';
import { links } from './plugins/links.js';
import { run } from './plugins/run.js';
import { train } from './plugins/train.js';
import { translation } from './plugins/translation.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  api,
  translation,
  job,
  train,
  compare,
  run,
  links
] as never;

export default plugins;
