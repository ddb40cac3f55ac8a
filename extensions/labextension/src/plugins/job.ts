import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { Job } from 'merit-workbench-views/api';
import type { JobState } from 'merit-workbench-views/views/job/index';

import { jobIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const OPEN = 'workbench:open-job';

export const job: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:job',
  description: 'Shows a job in a tab: how far it is, its curve, its end.',
  autoStart: true,
  requires: [IServices, IWords],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ) => {
    const { api } = services;
    const tracker = new WidgetTracker<MainAreaWidget<ViewWidget<JobState>>>({
      namespace: 'workbench-job'
    });

    const makeTab = (id: string): MainAreaWidget<ViewWidget<JobState>> => {
      const content = new ViewWidget<JobState>(async () => {
        const { jobSource, mount } = await import('merit-workbench-views/views/job/index');
        const source = jobSource(api, id);
        const close = (): void => {
          source.close();
        };
        return { mount, context: { api, source, words: trans, ...navigation(app) }, close };
      });
      const tab = new MainAreaWidget({ content });
      tab.id = tabId(id);
      tab.title.label = trans.__('Job %1', id.slice(0, 12));
      tab.title.caption = trans.__('A job of the workbench');
      tab.title.icon = jobIcon;
      return tab;
    };

    const chosen = async (): Promise<string | null> => {
      const jobs = (await api.get('/jobs', {})).slice(0, 100);
      const items = jobs.map(label);
      const { value } = await InputDialog.getItem({
        title: trans.__('Which job?'),
        items,
        okLabel: trans.__('Open')
      });
      return value === null ? null : (jobs[items.indexOf(value)]?.id ?? null);
    };

    app.commands.addCommand(OPEN, {
      label: args => (args.job === undefined ? trans.__('Open Job…') : trans.__('Open Job')),
      caption: trans.__('Show how far a job of the workbench is, its curve and its end'),
      icon: jobIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            job: {
              type: 'string',
              description: 'Id of the job, as `workbench job list` shows it; asked for when missing.'
            }
          }
        }
      },
      execute: async args => {
        const given = args.job;
        const id = typeof given === 'string' ? given : await chosen();
        if (id === null) {
          return;
        }
        if (!tracker.find(tab => tab.id === tabId(id))) {
          const tab = makeTab(id);
          await tracker.add(tab);
          app.shell.add(tab, 'main');
        }
        app.shell.activateById(tabId(id));
      }
    });
    palette?.addItem({ command: OPEN, category: trans.__('Workbench') });
    if (restorer) {
      void restorer.restore(tracker, {
        command: OPEN,
        args: tab => ({ job: tab.id.slice(tabId('').length) }),
        name: tab => tab.id
      });
    }
  }
};

function tabId(job: string): string {
  return `workbench-job-${job}`;
}

function label(one: Job): string {
  return `${one.verb} ${one.task ?? ''} · ${one.state} · ${one.id.slice(0, 12)}`;
}
