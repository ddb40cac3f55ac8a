import es from './es.json';

/**
 * The translator's two functions that views use; Jupyter's own `TranslationBundle` has them too.
 * `%1`, `%2`… are replaced by the arguments; of `_n`, `%1` is the number.
 */
export interface Words {
  readonly language: string;
  __(text: string, ...args: unknown[]): string;
  _n(one: string, many: string, n: number, ...args: unknown[]): string;
}

type Catalogue = Readonly<Record<string, string | readonly string[]>>;

const CATALOGUES: Readonly<Record<string, Catalogue>> = {
  es: es
};

/** Return the words of a language such as `es_MX`; English where there are none. */
export function wordsFor(language: string): Words {
  const name = language.toLowerCase().split(/[-_]/)[0] ?? '';
  const catalogue = CATALOGUES[name] ?? {};
  return {
    language: name in CATALOGUES ? name : 'en',
    __: (text, ...args) => {
      const found = catalogue[text];
      return filled(typeof found === 'string' ? found : text, args);
    },
    _n: (one, many, n, ...args) => {
      const found = catalogue[one];
      const forms = typeof found === 'object' ? found : [one, many];
      return filled(forms[n === 1 ? 0 : 1] ?? many, [n, ...args]);
    }
  };
}

/** Return the words of the page's own language. */
export function wordsOfPage(): Words {
  return wordsFor(document.documentElement.lang || 'en');
}

function filled(text: string, args: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (whole, number: string) => {
    const index = Number(number) - 1;
    return index < args.length ? String(args[index]) : whole;
  });
}
