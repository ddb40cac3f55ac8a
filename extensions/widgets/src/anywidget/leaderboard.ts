import type { RenderProps } from '@anywidget/types';

import { Settable } from '../context.js';
import { offered } from '../page.js';
import { boardSource, givenBoard, mount, NOTHING_YET, type BoardState } from '../views/leaderboard/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.LeaderboardCard`; the kernel sets them, the page never does. */
interface Traits {
  task: string;
  told: Pick<BoardState, 'tasks' | 'epochs' | 'comparisons'>;
  as_of: string;
}

/** In Lab the card asks the server itself; elsewhere it shows what the kernel told it. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const page = offered();
  const { api } = page;
  const task = model.get('task');
  const source = api
    ? boardSource(api, task)
    : givenBoard(new Settable({ ...NOTHING_YET, ...model.get('told'), task, asOf: model.get('as_of') }));
  const end = mount(el, { ...page, source, words });
  return () => {
    end();
    source.close();
  };
}

export default { render };
