import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, proposalSource, type ProposalState } from '../views/proposal/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.ProposalCard`; the kernel sets them, the page never does. */
interface Traits {
  told: NonNullable<ProposalState['told']>;
  diff: NonNullable<ProposalState['diff']>;
}

/** In Lab the card asks the server itself; elsewhere it shows what the kernel has told it. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const page = offered();
  const { api } = page;
  const told = model.get('told');
  if (api) {
    const source = proposalSource(api, told.id);
    const end = mount(el, { ...page, source, words });
    return () => {
      end();
      source.close();
    };
  }
  const state: ProposalState = {
    proposal: told.id, told, diff: model.get('diff'), around: null, problem: null
  };
  return mount(el, { source: new Settable(state), words });
}

export default { render };
