/** What the labextension leaves in a page for the cards of notebooks there. */
import type { Api } from './api.js';
import type { Address } from './context.js';

/** Each under a symbol of its own: a card may be of another version than the page. */
const API = Symbol.for('merit-workbench.api');
const LINK = Symbol.for('merit-workbench.link');

interface Offered {
  api?: Api;
  /** The address at which JupyterLab opens a thing. */
  link?: (address: Address) => string;
}

/** Offer what the page has to the cards in it. */
export function offer({ api, link }: Required<Offered>): void {
  Object.assign(globalThis, { [API]: api, [LINK]: link });
}

/** Return what is offered in this page: nothing where no labextension runs, as in Voilà. */
export function offered(): Offered {
  const page = globalThis as { [API]?: Api; [LINK]?: Required<Offered>['link'] };
  const { [API]: api, [LINK]: link } = page;
  return { ...(api ? { api } : {}), ...(link ? { link } : {}) };
}
