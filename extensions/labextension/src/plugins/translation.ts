import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { wordsFor } from 'merit-workbench-views/words/index';

import { IWords } from '../tokens.js';

const PLUGIN = 'merit-workbench:translation';

export const translation: JupyterFrontEndPlugin<IWords> = {
  id: PLUGIN,
  description: 'The texts of the workbench, in the language chosen in JupyterLab or for it alone.',
  autoStart: true,
  optional: [ITranslator, ISettingRegistry],
  provides: IWords,
  activate: (
    _app: JupyterFrontEnd,
    translator: ITranslator | null,
    settings: ISettingRegistry | null
  ): IWords => {
    const ofLab = translator?.languageCode ?? 'en';
    let words = wordsFor(ofLab);
    void settings?.load(PLUGIN).then(loaded => {
      const take = (): void => {
        const { language } = loaded.composite;
        words = wordsFor(typeof language === 'string' && language !== 'auto' ? language : ofLab);
      };
      loaded.changed.connect(take);
      take();
    });
    return {
      get language() {
        return words.language;
      },
      __: (text, ...args) => words.__(text, ...args),
      _n: (one, many, n, ...args) => words._n(one, many, n, ...args)
    };
  }
};
