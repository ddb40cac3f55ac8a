import type { RenderProps } from '@anywidget/types';

import type { Schemas } from '../api.js';
import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, type RunState } from '../views/run/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.RunCard`; the kernel sets them, the page never does. */
interface Traits {
  run: Schemas['RunView'];
}

function render({ model, el }: RenderProps<Traits>): () => void {
  const run = model.get('run');
  const source = new Settable<RunState>({ run: run.id, told: run });
  return mount(el, { source, words: wordsOfPage(), ...offered() });
}

export default { render };
