import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** The room that a drawing has, in CSS pixels, and the size of the text around it. */
export interface Room {
  width: number;
  em: number;
}

/** Of a wide page, and where nothing is laid out. */
const USUAL: Room = { width: 520, em: 13 };
/** Width of a character of most texts, in em. */
const CHARACTER = 0.62;

/**
 * Return what to set as `ref` of a drawing's element, and the room there. Who draws to that size
 * scales nothing, so that texts stay as large as those around in a narrow column and at any zoom.
 */
export function useRoom(): [(element: HTMLElement | null) => void, Room] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [room, setRoom] = useState(USUAL);
  useLayoutEffect(() => {
    if (element === null || typeof ResizeObserver === 'undefined') {
      return;
    }
    const measure = (): void => {
      const width = element.clientWidth;
      const em = parseFloat(getComputedStyle(element).fontSize);
      // A tab that is not in front has no width.
      if (width > 0) {
        setRoom(known => (known.width === width && known.em === em ? known : { width, em }));
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return [setElement, room];
}

/** Return about how wide the longest of some texts is. */
export function widest(texts: readonly string[], em: number): number {
  return CHARACTER * em * Math.max(0, ...texts.map(text => text.length));
}

/** What an axis measures, with its unit: above the drawing or below it, on as many lines as it needs. */
export function AxisName({ text, isBelow }: { text: string; isBelow?: boolean }): JSX.Element {
  return (
    <p class={isBelow === true ? 'wb-Chart-axis wb-mod-below' : 'wb-Chart-axis'} aria-hidden="true">
      {text}
    </p>
  );
}
