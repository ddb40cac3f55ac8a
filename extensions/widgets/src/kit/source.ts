import { useEffect, useState } from 'preact/hooks';

import type { Source } from '../context.js';

/** Return what a source holds, and draw anew when it changes. */
export function useSource<T>(source: Source<T>): T {
  const [, redraw] = useState(0);
  useEffect(() => {
    redraw(n => n + 1);
    return source.subscribe(() => {
      redraw(n => n + 1);
    });
  }, [source]);
  return source.get();
}
