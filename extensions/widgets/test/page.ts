import { Window } from 'happy-dom';

/** Give this process a page to draw in. */
export function openPage(): Window {
  const window = new Window();
  Object.assign(globalThis, {
    window,
    document: window.document,
    HTMLElement: window.HTMLElement,
    Element: window.Element,
    MutationObserver: window.MutationObserver,
    Event: window.Event,
    navigator: window.navigator
  });
  return window;
}

/** Return once something is so, which it is soon: views draw a frame after a change. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) {
      throw new Error(`it did not come to be: ${isSo.toString()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
