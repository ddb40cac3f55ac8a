import type { Words } from '../words/index.js';

/** Return what a number of a run is called; a name that nobody knows stays as it is. */
export function metricWord(name: string, trans: Words): string {
  const words: Record<string, string | undefined> = {
    utility: trans.__('utility'),
    loss: trans.__('loss'),
    base_loss: trans.__('loss of the base'),
    accuracy: trans.__('accuracy'),
    base_accuracy: trans.__('accuracy of the base'),
    macro_f1: trans.__('macro-F1'),
    base_macro_f1: trans.__('macro-F1 of the base'),
    chrf: trans.__('chrF'),
    base_chrf: trans.__('chrF of the base'),
    n_translated: trans.__('texts translated'),
    loss_full: trans.__('loss over all tokens'),
    base_loss_full: trans.__('loss of the base over all tokens'),
    n_evaluations: trans.__('evaluations')
  };
  const known = Object.hasOwn(words, name) ? words[name] : undefined;
  const dot = name.indexOf('.');
  return known ?? (dot > 0 && dot < name.length - 1 ? trans.__('%1 of %2', name.slice(0, dot), name.slice(dot + 1)) : name);
}
