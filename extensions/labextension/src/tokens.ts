import { Token } from '@lumino/coreutils';
import type { Api } from 'merit-workbench-views/api';
import type { HomeSource } from 'merit-workbench-views/views/panel/index';
import type { Words } from 'merit-workbench-views/words/index';

/** What plugins share. */
export interface IServices {
  /** The workbench, for the person who is logged in to this Jupyter server. */
  readonly api: Api;
  /** Ids of the jobs that this window has started: their ends are told aloud here. */
  readonly started: Set<string>;
  /** Whose key signs; empty for whom the Jupyter server names. A setting changes it. */
  identity: string;
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

/** What a page knows of the home: one stream for all that shows it. */
export interface IHome {
  /** There once the application is restored: nothing of it delays that. */
  readonly source: Promise<HomeSource>;
}

export const IHome = new Token<IHome>(
  'merit-workbench:IHome',
  'What waits, runs and was earned in the home, as one stream tells it.'
);
