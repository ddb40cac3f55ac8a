import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, NOTHING_YET, whySource, type WhyState } from '../views/why/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.WhyCard`; the kernel sets them, the page never does. */
interface Traits {
  epoch: NonNullable<WhyState['epoch']>;
  why: NonNullable<WhyState['why']>;
  as_of: string;
}

/** In Lab the card asks the server itself; elsewhere it shows what the kernel told it. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const page = offered();
  const { api } = page;
  const why = model.get('why');
  if (api) {
    const source = whySource(api, why.epoch, why.owner);
    const end = mount(el, { ...page, source, words });
    return () => {
      end();
      source.close();
    };
  }
  const state: WhyState = {
    ...NOTHING_YET,
    why,
    epoch: model.get('epoch'),
    rows: 'known',
    asOf: model.get('as_of')
  };
  return mount(el, { source: new Settable(state), words });
}

export default { render };
