/** Tabs of the main area: each kind has a command that opens one, once, and a layout brings it back. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

import { IHome, IServices, IWords } from './tokens.js';

export type Args = ReadonlyPartialJSONObject;

/** Which tab a command opens. */
export interface Which {
  /** Tells tabs of a kind apart; empty for the only one. */
  key: string;
  label: string;
  /** Arguments of the command that open the same tab again. */
  args: Args;
}

/** A kind of tab. */
export interface TabKind {
  command: string;
  label: (args: Args) => string;
  /** Of the command, and of each tab. */
  caption: string;
  icon: LabIcon;
  /** The arguments, as properties of a JSON Schema. */
  args: ReadonlyJSONObject;
  /** Say which tab the arguments mean, or ask; `null` where nothing is to be opened. */
  which: (args: Args) => Which | null | Promise<Which | null>;
  /** Make what a new tab holds; `keep` changes the arguments that bring it back. */
  content: (args: Args, keep: (args: Args) => void) => Widget;
}

/** Where kinds of tabs are added; outside JupyterLab's own shell some of it is missing. */
export interface Desk {
  app: JupyterFrontEnd;
  trans: IWords;
  palette: ICommandPalette | null;
  restorer: ILayoutRestorer | null;
}

/** Add the command of a kind of tab, its entry in the palette, and its place in the layout. */
export function addTabs({ app, trans, palette, restorer }: Desk, kind: TabKind): void {
  const { command } = kind;
  const prefix = command.replace(':', '-');
  const tracker = new WidgetTracker<MainAreaWidget>({ namespace: prefix });
  const kept = new WeakMap<Widget, Args>();
  const makeTab = (id: string, { label, args }: Which, given: Args): MainAreaWidget => {
    const content = kind.content(given, now => {
      kept.set(tab, now);
      void tracker.save(tab);
    });
    const tab = new MainAreaWidget({ content });
    tab.id = id;
    tab.title.label = label;
    tab.title.caption = kind.caption;
    tab.title.icon = kind.icon;
    kept.set(tab, args);
    return tab;
  };
  app.commands.addCommand(command, {
    label: kind.label,
    caption: kind.caption,
    icon: kind.icon,
    describedBy: { args: { type: 'object', properties: kind.args } },
    execute: async given => {
      const which = await kind.which(given);
      if (which === null) {
        return;
      }
      const id = which.key === '' ? prefix : `${prefix}-${which.key}`;
      if (!tracker.find(tab => tab.id === id)) {
        const tab = makeTab(id, which, { ...given, ...which.args });
        await tracker.add(tab);
        app.shell.add(tab, 'main');
      }
      app.shell.activateById(id);
    }
  });
  palette?.addItem({ command, category: trans.__('Workbench') });
  if (restorer) {
    void restorer.restore(tracker, {
      command,
      args: tab => kept.get(tab) ?? {},
      name: tab => tab.id
    });
  }
}

/** Return a plugin that is nothing but kinds of tabs. */
export function tabsPlugin(
  about: { id: string; description: string },
  kinds: (app: JupyterFrontEnd, services: IServices, trans: IWords, home: IHome) => readonly TabKind[]
): JupyterFrontEndPlugin<void> {
  return {
    ...about,
    autoStart: true,
    requires: [IServices, IWords, IHome],
    optional: [ICommandPalette, ILayoutRestorer],
    activate: (
      app: JupyterFrontEnd,
      services: IServices,
      trans: IWords,
      home: IHome,
      palette: ICommandPalette | null,
      restorer: ILayoutRestorer | null
    ) => {
      kinds(app, services, trans, home).forEach(kind => {
        addTabs({ app, trans, palette, restorer }, kind);
      });
    }
  };
}

/** Return an argument that is a text, `''` where it is none. */
export function text(given: unknown): string {
  return typeof given === 'string' ? given : '';
}
