import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IFrame, MainAreaWidget, Notification, WidgetTracker } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';

import { ID } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { IServices, IWords } from '../tokens.js';

/** A name, the same in every language. */
const NAME = 'MLflow';
const PREFIX = 'workbench-mlflow';
/** What a restored tab needs is in its id: the run, if it shows one. */
const tabId = (run: string): string => (run === '' ? PREFIX : `${PREFIX}-${run}`);
type Tab = MainAreaWidget<IFrame>;

export const mlflow: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:mlflow',
  description: 'Shows the pages of MLflow in a tab: every run with its curves and parameters.',
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
    const { commands, serviceManager, shell } = app;
    const tracker = new WidgetTracker<Tab>({ namespace: PREFIX });

    const makeTab = (run: string, page: string): Tab => {
      const content = new IFrame({
        sandbox: ['allow-same-origin', 'allow-scripts', 'allow-downloads', 'allow-popups'],
        referrerPolicy: 'same-origin'
      });
      content.url = URLExt.join(serviceManager.serverSettings.baseUrl, 'workbench/mlflow', page);
      content.node.querySelector('iframe')?.setAttribute('title', NAME);
      const tab: Tab = new MainAreaWidget({ content });
      tab.id = tabId(run);
      tab.title.label = run === '' ? NAME : trans.__('MLflow: %1', run.slice(0, 12));
      tab.title.caption = trans.__('The runs of this home in MLflow; it shows and changes nothing');
      tab.title.icon = workbenchIcon;
      return tab;
    };

    /** Return the page of a run, null if MLflow has not got it. */
    const pageOf = async (run: string): Promise<string | null> => {
      const { tracking_run: logged } = await services.api.get('/runs/{run}', { path: { run } });
      return logged === null ? null : `runs/${logged}`;
    };

    commands.addCommand(ID.mlflow, {
      label: args => (args.run === undefined ? NAME : trans.__('Open in MLflow')),
      caption: trans.__('Every run with its curves and parameters, in the pages of MLflow'),
      icon: workbenchIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: { type: 'string', description: 'Id of a run of the workbench; all of them when missing.' }
          }
        }
      },
      execute: async args => {
        const run = typeof args.run === 'string' ? args.run : '';
        if (!tracker.find(tab => tab.id === tabId(run))) {
          const page = run === '' ? '/' : await pageOf(run);
          if (page === null) {
            Notification.warning(trans.__('This run is not in MLflow yet. It is logged as soon as MLflow can be reached.'));
            return;
          }
          const tab = makeTab(run, page);
          await tracker.add(tab);
          shell.add(tab, 'main');
        }
        shell.activateById(tabId(run));
      }
    });
    palette?.addItem({ command: ID.mlflow, category: trans.__('Workbench') });
    if (restorer) {
      void restorer.restore(tracker, {
        command: ID.mlflow,
        args: tab => (tab.id === PREFIX ? {} : { run: tab.id.slice(PREFIX.length + 1) }),
        name: tab => tab.id
      });
    }
  }
};
