import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { wordsFor, type Words } from '../words/index.js';

export const WordsContext = createContext<Words>(wordsFor('en'));

/** Return the translator of the view around. */
export function useWords(): Words {
  return useContext(WordsContext);
}
