import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { api } from './plugins/api.js';
import { compare } from './plugins/compare.js';
import { contribute } from './plugins/contribute.js';
import { files } from './plugins/files.js';
import { home } from './plugins/home.js';
import { job } from './plugins/job.js';
import { kernels } from './plugins/kernels.js';
import { launcher } from './plugins/launcher.js';
import { mlflow } from './plugins/mlflow.js';
import { notices } from './plugins/notices.js';
import { open } from './plugins/open.js';
import { panel } from './plugins/panel.js';
import { proposal } from './plugins/proposal.js';
import { published } from './plugins/published.js';
import { run } from './plugins/run.js';
import { settings } from './plugins/settings.js';
import { status } from './plugins/status.js';
import { train } from './plugins/train.js';
import { translation } from './plugins/translation.js';
import { value } from './plugins/value.js';
import { verbs } from './plugins/verbs.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  api,
  translation,
  settings,
  home,
  job,
  contribute,
  train,
  compare,
  run,
  value,
  open,
  proposal,
  panel,
  verbs,
  published,
  mlflow,
  launcher,
  files,
  status,
  notices,
  kernels
] as never;

export default plugins;
