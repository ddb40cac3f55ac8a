import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, NOTHING_CHOSEN, stateFrom, type FineTuneState } from '../views/fine_tune/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.FineTuneWizard`. */
interface Traits {
  /** From the kernel to the page at first, then from the page: what is chosen, and the job. */
  state: Record<string, unknown>;
}

/** The wizard asks the server itself; the kernel only keeps what is chosen. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const told = (): FineTuneState => ({ ...NOTHING_CHOSEN, ...stateFrom(model.get('state')) });
  const source = new Settable(told());
  const onState = (state: Readonly<Record<string, unknown>>): void => {
    model.set('state', { ...state });
    model.save_changes();
  };
  return mount(el, { source, words: wordsOfPage(), onState, ...offered() });
}

export default { render };
