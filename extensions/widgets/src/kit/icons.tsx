import type { JSX } from 'preact';

export type IconName = 'info' | 'warning' | 'error' | 'success';

const PATHS: Record<IconName, JSX.Element> = {
  info: <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm-1 6h2v5H7V7zm0-3h2v2H7V4z" />,
  warning: <path d="M8 1 0.5 14.5h15L8 1zM7 6h2v4H7V6zm0 5.3h2v2H7v-2z" />,
  error: <path d="M5 1 1 5v6l4 4h6l4-4V5l-4-4H5zm2 3h2v5H7V4zm0 6.2h2v2H7v-2z" />,
  success: <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.5 4.2 1.2 1.2L7 12 3.4 8.4l1.2-1.2L7 9.6z" />
};

/** A picture beside a word, never instead of one. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="wb-Icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {PATHS[name]}
    </svg>
  );
}
