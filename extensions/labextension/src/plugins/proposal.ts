import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ProposalContext } from 'merit-workbench-views/views/proposal/index';
import type { ProposalsState } from 'merit-workbench-views/views/proposals/index';

import { choose, chosenTask } from '../choose.js';
import { commandsOf } from '../commands.js';
import { compareIcon } from '../icons.js';
import { navigation } from '../navigation.js';
import { tabsPlugin, text, type TabKind } from '../tabs.js';
import type { IHome, IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

export const proposal = tabsPlugin(
  {
    id: 'merit-workbench:proposal',
    description: 'Shows proposals for a task, and lets people review, merge and roll them back.'
  },
  (...given) => [one(...given), all(...given)]
);

function one(app: JupyterFrontEnd, services: IServices, trans: IWords, home: IHome): TabKind {
  const { api } = services;
  return {
    command: 'workbench:open-proposal',
    label: args => (args.proposal === undefined ? trans.__('Open Proposal…') : trans.__('Open Proposal')),
    caption: trans.__('Show a proposal: its verdict, how it differs from the champion, what people say'),
    icon: compareIcon,
    args: {
      proposal: { type: 'string', description: 'Id of the proposal; chosen from a list when missing.' }
    },
    which: async given => {
      let id = text(given.proposal);
      if (id === '') {
        const task = await chosenTask(api, trans);
        const known = task === '' ? [] : (await api.get('/tasks/{task}/proposals', { path: { task } })).reverse();
        const at = await choose(trans, trans.__('Which proposal?'), known.map(it => `${it.owner} · ${it.state} · ${it.claim}`));
        id = at === null ? '' : (known[at]?.id ?? '');
      }
      return id === '' ? null : { key: id, label: trans.__('Proposal %1', id.slice(0, 12)), args: { proposal: id } };
    },
    content: given =>
      new ViewWidget(async () => {
        const { mount, proposalSource } = await import('merit-workbench-views/views/proposal/index');
        const { identity } = services;
        const followed = await home.source;
        const source = proposalSource(api, text(given.proposal), identity, hear => followed.listen(hear));
        const context: ProposalContext = {
          api, source, words: trans, identity, commands: commandsOf(app.commands), ...navigation(app)
        };
        return { mount, context, close: () => source.close() };
      })
  };
}

function all(app: JupyterFrontEnd, services: IServices, trans: IWords, home: IHome): TabKind {
  const { api } = services;
  return {
    command: 'workbench:proposals',
    label: args => (args.isLauncher === true ? trans.__('Proposals') : trans.__('Open Proposals…')),
    caption: trans.__('Show the models that were offered for a task, and who was its champion'),
    icon: compareIcon,
    args: {
      task: { type: 'string', description: 'Id of the task; chosen from a list when missing.' },
      isLauncher: { type: 'boolean', description: 'Whether it is the label of a launcher card.' }
    },
    which: async given => {
      const task = text(given.task) || (await chosenTask(api, trans));
      return task === '' ? null : { key: task, label: trans.__('Proposals for %1', task), args: { task } };
    },
    content: given =>
      new ViewWidget<ProposalsState>(async () => {
        const { mount, proposalsSource } = await import('merit-workbench-views/views/proposals/index');
        const followed = await home.source;
        const source = proposalsSource(api, text(given.task), services.identity, hear => followed.listen(hear));
        const context = { api, source, words: trans, commands: commandsOf(app.commands), ...navigation(app) };
        return { mount, context, close: () => source.close() };
      })
  };
}
