import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { Flow, mount, NOTHING } from '../views/contribute/index.js';
import { wordsOfPage } from '../words/index.js';

/** The trait of `workbench.widgets.ContributeWizard`: what a reload goes on with. */
interface Traits {
  kept: Record<string, unknown>;
}

/** In JupyterLab and Notebook 7 the wizard asks the server itself; elsewhere nothing is signed. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const { api } = offered();
  if (!api) {
    return mount(el, { source: new Settable(NOTHING), words });
  }
  const source = new Flow(api, model.get('kept'), kept => {
    model.set('kept', { ...kept });
    model.save_changes();
  });
  const end = mount(el, { api, source, words });
  return () => {
    end();
    source.close();
  };
}

export default { render };
