import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { wordsFor } from 'merit-workbench-views/words/index';

import { IWords } from '../tokens.js';

export const translation: JupyterFrontEndPlugin<IWords> = {
  id: 'merit-workbench:translation',
  description: 'The texts of the workbench, in the language chosen in JupyterLab.',
  autoStart: true,
  optional: [ITranslator],
  provides: IWords,
  activate: (_app: JupyterFrontEnd, translator: ITranslator | null) =>
    wordsFor(translator?.languageCode ?? 'en')
};
