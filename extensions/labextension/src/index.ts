import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { api } from './plugins/api.js';
import { contribute } from './plugins/contribute.js';
import { job } from './plugins/job.js';
import { translation } from './plugins/translation.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [api, translation, job, contribute] as never;

export default plugins;
