import { Window } from 'happy-dom';

/** Give this process a page to draw in. */
export function openPage(): Window {
  const window = new Window();
  Object.assign(globalThis, {
    window,
    document: window.document,
    HTMLElement: window.HTMLElement,
    Event: window.Event,
    navigator: window.navigator
  });
  return window;
}
