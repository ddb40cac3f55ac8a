import { render, type ComponentType } from 'preact';

import type { Context, Mount } from './context.js';
import { WordsContext } from './kit/words.js';

/** Return the mount of a component: it draws into a host and says how to end. */
export function mounting<T>(View: ComponentType<{ context: Context<T> }>): Mount<T> {
  return (host, context) => {
    host.classList.add('wb-root');
    render(
      <WordsContext.Provider value={context.words}>
        <View context={context} />
      </WordsContext.Provider>,
      host
    );
    const letGo = keepFocus(host);
    return () => {
      letGo();
      render(null, host);
      host.classList.remove('wb-root');
    };
  };
}

/** Whoever works by keyboard stays in a view when the control that had the focus goes away. */
function keepFocus(host: HTMLElement): () => void {
  let last: Element | null = null;
  const remember = (event: FocusEvent): void => {
    last = event.target instanceof Element ? event.target : null;
  };
  const watching = new MutationObserver(() => {
    if (last !== null && !last.isConnected && document.activeElement === document.body) {
      host.tabIndex = -1;
      host.focus({ preventScroll: true });
    }
  });
  host.addEventListener('focusin', remember);
  watching.observe(host, { childList: true, subtree: true });
  return () => {
    watching.disconnect();
    host.removeEventListener('focusin', remember);
  };
}
