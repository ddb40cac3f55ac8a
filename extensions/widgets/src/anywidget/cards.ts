import type { RenderProps } from '@anywidget/types';

import compare from './compare.js';
import contribute from './contribute.js';
import fineTune from './fine_tune.js';
import { inCell } from './in_cell.js';
import job from './job.js';
import leaderboard from './leaderboard.js';
import proposal from './proposal.js';
import run from './run.js';
import value from './value.js';
import why from './why.js';

/** A card draws into its element, and says how to end. */
interface Card {
  render: (props: never) => () => void;
}

/** Every card by the name that its class in Python gives it. */
const CARDS: Readonly<Record<string, Card | undefined>> = { compare, contribute, fine_tune: fineTune, job, leaderboard, proposal, run, value, why };

interface Traits {
  view: string;
}

/** One file for all cards: what they share is shipped once. */
function render(props: RenderProps<Traits>): () => void {
  const view = props.model.get('view');
  const card = CARDS[view];
  if (!card) {
    throw new Error(`no card is called ${view}`);
  }
  const { host, close } = inCell(props.el);
  const end = card.render({ ...props, el: host } as never);
  return () => {
    end();
    close();
  };
}

export default { render };
