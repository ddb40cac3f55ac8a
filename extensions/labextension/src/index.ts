import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { api } from './plugins/api.js';
import { job } from './plugins/job.js';
import { translation } from './plugins/translation.js';
import { value } from './plugins/value.js';

const plugins: JupyterFrontEndPlugin<unknown>[] = [api, translation, job, value] as never;

export default plugins;
