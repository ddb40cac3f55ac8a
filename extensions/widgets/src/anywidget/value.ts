import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { mount, NOTHING_YET, valueSource, type ValueState } from '../views/value/index.js';
import { wordsOfPage } from '../words/index.js';

type Told = Pick<ValueState, 'task' | 'study' | 'looks' | 'job' | 'progress' | 'payouts'>;

/** The traits of `workbench.widgets.ValueCard`; the kernel sets them, the page never does. */
interface Traits {
  task: string;
  told: Told;
  as_of: string;
}

/** In Lab the card follows the valuation itself; elsewhere it shows what the kernel tells it. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const page = offered();
  const { api } = page;
  if (api) {
    const source = valueSource(api, model.get('task'));
    const end = mount(el, { ...page, source, words });
    return () => {
      end();
      source.close();
    };
  }
  const told = (): ValueState => ({
    ...NOTHING_YET,
    ...model.get('told'),
    connection: 'static',
    asOf: model.get('as_of')
  });
  const source = new Settable(told());
  const changed = (): void => source.set(told());
  model.on('change:told', changed);
  const end = mount(el, { source, words });
  return () => {
    model.off('change:told', changed);
    end();
  };
}

export default { render };
