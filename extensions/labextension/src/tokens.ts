import { Token } from '@lumino/coreutils';
import type { Api } from 'merit-workbench-views/api';
import type { Words } from 'merit-workbench-views/words/index';

/** What plugins share. */
export interface IServices {
  /** The workbench, for the person who is logged in to this Jupyter server. */
  readonly api: Api;
}

export const IServices = new Token<IServices>(
  'merit-workbench:IServices',
  'The workbench, for the person who is logged in to this Jupyter server.'
);

export type IWords = Words;

export const IWords = new Token<IWords>(
  'merit-workbench:IWords',
  'The texts of the workbench in the language of the application.'
);
