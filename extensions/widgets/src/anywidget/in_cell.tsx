import { render } from 'preact';

import { KERNEL_ENDED } from '../kernel_ended.js';
import { Notice } from '../kit/notices.js';
import { WordsContext } from '../kit/words.js';
import { offered } from '../page.js';
import { wordsOfPage } from '../words/index.js';

/** A place in a cell for a card, which says above it when its kernel has ended. */
export function inCell(cell: HTMLElement): { host: HTMLElement; close: () => void } {
  const trans = wordsOfPage();
  const above = document.createElement('div');
  const host = document.createElement('div');
  above.classList.add('wb-root');
  cell.classList.add('wb-InCell');
  // A notebook's command mode would take what is typed for its own keys.
  cell.dataset.lmSuppressShortcuts = 'true';
  cell.append(above, host);
  const tell = (): void => {
    const text = offered().api
      ? trans.__('The kernel of this notebook has ended. This card goes on without it: it asks the server itself.')
      : trans.__('The kernel of this notebook has ended. This is how it was: run the cell again to go on.');
    render(
      <WordsContext.Provider value={trans}>
        <Notice kind="warning">{text}</Notice>
      </WordsContext.Provider>,
      above
    );
  };
  cell.addEventListener(KERNEL_ENDED, tell);
  return {
    host,
    close: () => {
      cell.removeEventListener(KERNEL_ENDED, tell);
      render(null, above);
    }
  };
}
