import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { PanelState } from 'merit-workbench-views/views/panel/index';

import { commandsOf, ID, openerOf } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { IHome, IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const PLUGIN = 'merit-workbench:panel';
const RANK = 600;

export const panel: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'A side panel: what needs you, what you earned, what became of your data.',
  autoStart: true,
  requires: [IServices, IWords, IHome],
  optional: [ICommandPalette, ILayoutRestorer, ILabShell, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    home: IHome,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    shell: ILabShell | null,
    settings: ISettingRegistry | null
  ) => {
    const widget = new ViewWidget<PanelState>(async () => {
      const source = await home.source;
      const { mount } = await import('merit-workbench-views/views/panel/index');
      const context = {
        api: services.api,
        source,
        words: trans,
        open: openerOf(app.commands),
        commands: commandsOf(app.commands)
      };
      return { mount, context };
    });
    widget.id = 'workbench-panel';
    widget.addClass('wb-SidePanel');
    widget.title.icon = workbenchIcon;
    widget.title.caption = trans.__('Workbench');
    app.shell.add(widget, 'left', { rank: RANK });
    restorer?.add(widget, widget.id);

    app.commands.addCommand(ID.showPanel, {
      label: () => trans.__('Show Workbench Panel'),
      caption: () => trans.__('What needs you, what you earned, what became of your data'),
      icon: workbenchIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        (shell ?? app.shell).activateById(widget.id);
      }
    });
    palette?.addItem({ command: ID.showPanel, category: trans.__('Workbench') });

    void settings?.load(PLUGIN).then(loaded => {
      const take = (): void => {
        const { identity } = loaded.composite;
        const now = typeof identity === 'string' ? identity.trim() : '';
        if (now !== services.identity) {
          services.identity = now;
          void home.source.then(source => {
            source.start();
          });
        }
      };
      loaded.changed.connect(take);
      take();
    });
  }
};
