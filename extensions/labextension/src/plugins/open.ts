import {
  ILayoutRestorer,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, InputDialog, Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Address } from 'merit-workbench-views/context';
import type { Kind, ThingState } from 'merit-workbench-views/views/thing/index';

import { commandsOf, ID, linkTo, opener, openerOf } from '../commands.js';
import { workbenchIcon } from '../icons.js';
import { addTabs, text, type TabKind } from '../tabs.js';
import { IHome, IServices, IWords } from '../tokens.js';
import { ViewWidget } from '../view_widget.js';

const KINDS: readonly Kind[] = ['task', 'contribution', 'epoch'];
/** `?workbench=task/ID`, as "Copy link" writes it. */
const LINK = /([?&])workbench=([a-z]+)(?:\/|%2F)([^&#]+)(&|$)/i;

export const open: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:open',
  description: 'Opens tasks, contributions and epochs in tabs; every thing has an address.',
  autoStart: true,
  requires: [IServices, IWords, IHome],
  optional: [ICommandPalette, ILayoutRestorer, IRouter],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    home: IHome,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    router: IRouter | null
  ) => {
    const { commands } = app;
    for (const kind of KINDS) {
      addTabs({ app, trans, palette, restorer }, kindOfTab(commands, services, trans, home, kind));
    }

    commands.addCommand(ID.open, {
      label: () => trans.__('Open from the Workbench'),
      caption: () => trans.__('Open a thing of the workbench by its kind and id'),
      describedBy: { args: addressSchema() },
      execute: async args => {
        const [command, given] = opener(addressOf(args));
        if (!commands.hasCommand(command)) {
          Notification.warning(trans.__('Nothing here can show %1.', addressOf(args).kind));
          return;
        }
        await commands.execute(command, given);
      }
    });

    commands.addCommand(ID.copyLink, {
      label: () => trans.__('Copy Link'),
      caption: () => trans.__('Copy the address at which JupyterLab opens this thing'),
      describedBy: { args: addressSchema() },
      execute: async args => {
        const link = linkTo(app.serviceManager.serverSettings.baseUrl, addressOf(args));
        try {
          await navigator.clipboard.writeText(link);
          Notification.success(trans.__('The link is copied.'), { autoClose: 2000 });
        } catch {
          const words = trans.__('The browser lets nothing be copied here. This is the link: %1', link);
          Notification.info(words, { autoClose: false });
        }
        return link;
      }
    });

    if (router) {
      const command = 'workbench:route';
      commands.addCommand(command, {
        label: () => trans.__('Open the Thing of a Link'),
        describedBy: {
          args: {
            type: 'object',
            properties: {
              search: { type: 'string', description: 'The query of the address, from its "?" on.' }
            }
          }
        },
        execute: async args => {
          const found = LINK.exec(typeof args.search === 'string' ? args.search : '');
          if (!found) {
            return;
          }
          await app.restored;
          const [, , kind = '', id = ''] = found;
          await commands.execute(ID.open, { thing: kind.toLowerCase(), id: decoded(id) });
          // The tab is restored from now on; the address need not open it again.
          const url = new URL(window.location.href);
          url.searchParams.delete('workbench');
          const { pathname, search, hash } = url;
          const path = pathname.slice(new URL(router.base, url).pathname.length);
          router.navigate(`/${path.replace(/^\//, '')}${search}${hash}`, { skipRouting: true });
        }
      });
      router.register({ command, pattern: LINK, rank: 50 });
    }
  }
};

function kindOfTab(
  commands: CommandRegistry,
  services: IServices,
  trans: IWords,
  home: IHome,
  kind: Kind
): TabKind {
  const words = {
    task: { label: trans.__('Open Task'), form: trans.__('Open Task…'), about: trans.__('Show a task: its pool, its data, what to do next') },
    contribution: { label: trans.__('Open Contribution'), form: trans.__('Open Contribution…'), about: trans.__('Show a contribution: its checks, its state, what can be done') },
    epoch: { label: trans.__('Open Epoch'), form: trans.__('Open Epoch…'), about: trans.__('Show an epoch: whom it pays how much, and until when it can be disputed') }
  }[kind];
  return {
    command: `workbench:open-${kind}`,
    label: args => (args[kind] === undefined ? words.form : words.label),
    caption: words.about,
    icon: workbenchIcon,
    args: { [kind]: { type: 'string', description: `Id of the ${kind}; asked for when missing.` } },
    which: async given => {
      const id = text(given[kind]) || (await asked(trans, words.label));
      const label = id.length > 24 ? `${id.slice(0, 12)}…` : id;
      return id === '' ? null : { key: id, label, args: { [kind]: id } };
    },
    content: given =>
      new ViewWidget<ThingState>(async () => {
        const { thingSource, mount } = await import('merit-workbench-views/views/thing/index');
        const followed = await home.source;
        const { api, identity } = services;
        const source = thingSource(api, kind, text(given[kind]), identity, hear => followed.listen(hear));
        const context = {
          api: services.api,
          source,
          words: trans,
          open: openerOf(commands),
          commands: commandsOf(commands)
        };
        const close = (): void => {
          source.close();
        };
        return { mount, context, close };
      })
  };
}

async function asked(trans: IWords, title: string): Promise<string> {
  const { value } = await InputDialog.getText({ title, label: trans.__('Its id'), okLabel: trans.__('Open') });
  return value?.trim() ?? '';
}

function addressOf({ thing, id }: { thing?: unknown; id?: unknown }): Address {
  const kind = typeof thing === 'string' ? thing : '';
  return { kind: kind as Address['kind'], id: typeof id === 'string' ? id : '' };
}

function addressSchema(): ReadonlyJSONObject {
  return {
    type: 'object',
    properties: {
      thing: {
        type: 'string',
        description: 'Its kind: task, contribution, epoch, job, run, comparison, valuation, payout or proposal.'
      },
      id: { type: 'string', description: 'Its id.' }
    },
    required: ['thing', 'id']
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
