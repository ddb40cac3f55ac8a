import { render, type ComponentType } from 'preact';

import type { Context, Mount } from './context.js';
import { WordsContext } from './kit/words.js';

/** Return the mount of a component: it draws into a host and says how to end. */
export function mounting<T>(View: ComponentType<{ context: Context<T> }>): Mount<T> {
  return (host, context) => {
    host.classList.add('wb-root');
    // Lab's own shortcuts and a notebook's command mode stay out of our fields.
    host.dataset.lmSuppressShortcuts = 'true';
    render(
      <WordsContext.Provider value={context.words}>
        <View context={context} />
      </WordsContext.Provider>,
      host
    );
    return () => {
      render(null, host);
      host.classList.remove('wb-root');
    };
  };
}
