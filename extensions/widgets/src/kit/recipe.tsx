import type { JSX } from 'preact';

import type { Schemas } from '../api.js';
import { short } from './format.js';
import { useWords } from './words.js';

/** A recipe, frozen when it was asked for. */
export function Recipe({ recipe }: { recipe: Schemas['RecipeView'] }): JSX.Element {
  const trans = useWords();
  return (
    <details class="wb-Recipe">
      <summary>{trans.__('Recipe %1, frozen', short(recipe.digest))}</summary>
      <dl class="wb-Facts">
        {[
          [trans.__('name'), recipe.name],
          ...Object.entries(recipe.parameters).map(([name, value]) => [name, asText(value)]),
          [trans.__('seed'), recipe.seed],
          [trans.__('digest'), recipe.digest]
        ].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Return a value of a recipe as one reads it in its own words. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
