import { InputDialog } from '@jupyterlab/apputils';
import type { Api, Job } from 'merit-workbench-views/api';
import type { JobState } from 'merit-workbench-views/views/job/index';

import { jobIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text } from '../tabs.js';
import type { IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const MOST_JOBS = 100;

export const job = tabsPlugin(
  {
    id: 'merit-workbench:job',
    description: 'Shows a job in a tab: how far it is, its curve, its end.'
  },
  (app, { api }, trans) => [
    {
      command: 'workbench:open-job',
      label: args => (args.job === undefined ? trans.__('Open Job…') : trans.__('Open Job')),
      caption: trans.__('Show how far a job of the workbench is, its curve and its end'),
      icon: jobIcon,
      args: {
        job: {
          type: 'string',
          description: 'Id of the job, as `workbench job list` shows it; asked for when missing.'
        }
      },
      which: async given => {
        const id = text(given.job) || (await chosen(api, trans));
        return id === '' ? null : { key: id, label: trans.__('Job %1', id.slice(0, 12)), args: { job: id } };
      },
      content: given =>
        new ViewWidget<JobState>(async () => {
          const { jobSource, mount } = await import('merit-workbench-views/views/job/index');
          const source = jobSource(api, text(given.job));
          const close = (): void => {
            source.close();
          };
          return { mount, context: { api, source, words: trans, ...navigation(app) }, close };
        })
    }
  ]
);

async function chosen(api: Api, trans: IWords): Promise<string> {
  // The newest first; they are listed in the order in which they were asked for.
  const jobs = (await api.get('/jobs', {})).slice(-MOST_JOBS).reverse();
  const items = jobs.map(label);
  const { value } = await InputDialog.getItem({
    title: trans.__('Which job?'),
    items,
    okLabel: trans.__('Open')
  });
  return value === null ? '' : (jobs[items.indexOf(value)]?.id ?? '');
}

function label(one: Job): string {
  return `${one.verb} ${one.task ?? ''} · ${one.state} · ${one.id.slice(0, 12)}`;
}
