import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { IWords } from '../tokens.js';

/** What the settings editor shows of a setting, or of all of a plugin's. */
interface Said {
  title: string;
  description?: string;
  /** By its name. */
  properties?: Record<string, Said>;
  /** Titles of its choices, in their order. */
  oneOf?: readonly string[];
}

export const settings: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:settings',
  description: 'Says in the settings editor, in the language of the workbench, what its settings are.',
  autoStart: true,
  requires: [IWords],
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, trans: IWords, registry: ISettingRegistry | null) => {
    if (!registry) {
      return;
    }
    const say = (id: string): void => {
      const schema = registry.plugins[id]?.schema;
      if (schema) {
        Object.assign(schema, told(schema, said(trans)[id]));
      }
    };
    // Nobody opens the editor before; a schema that asked for a transformer would be loaded late.
    void app.restored.then(() => {
      Object.keys(said(trans)).forEach(say);
      // What was saved comes back as the server has it.
      registry.pluginChanged.connect((_, id) => {
        say(id);
      });
    });
  }
};

function said(trans: IWords): Record<string, Said> {
  return {
    'merit-workbench:panel': {
      title: trans.__('Workbench'),
      description: trans.__('Settings of the Merit Workbench.'),
      properties: {
        identity: {
          title: trans.__('Identity'),
          description: trans.__('Whose key signs. Empty: whom the Jupyter server names.')
        },
        notifications: {
          title: trans.__('Notifications'),
          description: trans.__('How the end of a job that was started in this window is told.'),
          oneOf: [
            trans.__('Shown for a moment, and kept in the notification centre'),
            trans.__('Kept in the notification centre only'),
            trans.__('Not told')
          ]
        }
      }
    },
    'merit-workbench:translation': {
      title: trans.__('Workbench: Language'),
      description: trans.__('The language of the Merit Workbench.'),
      properties: {
        language: {
          title: trans.__('Language'),
          description: trans.__('Counts for what is opened afterwards.'),
          oneOf: [trans.__('As JupyterLab')]
        }
      }
    }
  };
}

type Schema = ISettingRegistry.IProperty;

/** Return the parts of a schema that say something, with what is said instead. */
function told(schema: Schema, words: Said | undefined): Partial<ISettingRegistry.ISchema> {
  if (!words) {
    return {};
  }
  const { properties = {}, oneOf = [], ...plain } = words;
  const inner = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const choices = (schema.oneOf ?? []) as { title?: string }[];
  return {
    ...plain,
    ...(inner.length > 0
      ? { properties: Object.fromEntries(inner.map(([name, one]) => [name, { ...one, ...told(one, properties[name]) }])) }
      : {}),
    ...(choices.length > 0
      ? { oneOf: choices.map((choice, at) => ({ ...choice, title: oneOf[at] ?? choice.title ?? '' })) }
      : {})
  };
}
