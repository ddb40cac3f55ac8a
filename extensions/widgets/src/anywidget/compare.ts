import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, NOTHING_CHOSEN, stateFrom, type CompareState, type Told } from '../views/compare/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.CompareView`. */
interface Traits {
  /** From the kernel to the page at first, then from the page: what is chosen. */
  state: Record<string, unknown>;
  /** A comparison that the kernel has already; empty without one. */
  told: Told | Record<string, never>;
}

/** A comparison that the kernel has is shown at once, also where nothing can be asked. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const told = model.get('told');
  const state: CompareState = {
    ...NOTHING_CHOSEN,
    ...stateFrom(model.get('state')),
    told: 'view' in told ? (told as Told) : null
  };
  const onState = (next: Readonly<Record<string, unknown>>): void => {
    model.set('state', { ...next });
    model.save_changes();
  };
  return mount(el, { source: new Settable(state), words: wordsOfPage(), onState, ...offered() });
}

export default { render };
