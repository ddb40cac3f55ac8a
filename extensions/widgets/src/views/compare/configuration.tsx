import type { JSX } from 'preact';

import type { Schemas } from '../../api.js';
import { Table, count, useWords } from '../../kit/index.js';
import { asText } from '../../kit/recipe.js';
import type { Words } from '../../words/index.js';

type Run = Schemas['RunView'];

interface Row {
  name: string;
  values: readonly string[];
  differs: boolean;
}

interface Props {
  models: readonly string[];
  /** The run that made each model, where it is known. */
  runs: Readonly<Record<string, Run>>;
  nameOf: (model: string) => string;
}

/** How the models were made: what differs first, the rest when it is asked for. */
export function Configuration({ models, runs, nameOf }: Props): JSX.Element | null {
  const trans = useWords();
  const rows = configurationRows(models, runs, trans);
  const differing = rows.filter(row => row.differs);
  const isOne = models.filter(model => model in runs).length < 2;
  const same = rows.length - differing.length;
  const table = (caption: string, shown: readonly Row[]): JSX.Element => (
    <Table
      caption={caption}
      columns={[
        { name: trans.__('setting'), cell: (row: Row) => row.name },
        ...models.map((model, at) => ({ name: nameOf(model), cell: (row: Row) => row.values[at] ?? '–' }))
      ]}
      rows={shown}
      keyOf={row => row.name}
    />
  );
  if (rows.length === 0) {
    return null;
  }
  return (
    <section class="wb-Section">
      {differing.length > 0 ? (
        table(trans.__('What differs in how they were made'), differing)
      ) : isOne ? null : (
        <p>{trans.__('They were made with the same settings.')}</p>
      )}
      {same > 0 && (
        <details>
          <summary>{isOne ? trans.__('How it was made') : trans._n('One setting that is the same', '%1 settings that are the same', same)}</summary>
          {table(isOne ? trans.__('How it was made') : trans.__('The same for all'), rows.filter(row => !row.differs))}
        </details>
      )}
    </section>
  );
}

/** Return each setting with its value for each model; a base model has none of its own. */
export function configurationRows(models: readonly string[], runs: Props['runs'], trans: Words): Row[] {
  const told = models.map(model => settingsOf(runs[model], trans));
  const made = told.filter(settings => Object.keys(settings).length > 0);
  const names = [...new Set(made.flatMap(settings => Object.keys(settings)))];
  const usual = trans.__('as usual');
  return names.map(name => ({
    name,
    values: told.map(settings => (made.includes(settings) ? (settings[name] ?? usual) : '–')),
    differs: new Set(made.map(settings => settings[name] ?? usual)).size > 1
  }));
}

function settingsOf(run: Run | undefined, trans: Words): Record<string, string> {
  if (run === undefined) {
    return {};
  }
  const { size, n_rows: nRows, datasets, stopped_at_step: stopped } = run.details as Record<string, unknown>;
  const owners = Array.isArray(datasets)
    ? [...new Set((datasets as { name: string }[]).map(one => one.name))].sort().join(', ')
    : null;
  const parameters = Object.entries(run.recipe?.parameters ?? {});
  return Object.fromEntries([
    ...(typeof size === 'string' ? [[trans.__('size'), size]] : []),
    ...(owners === null ? [] : [[trans.__('data of'), owners]]),
    ...(typeof nRows === 'number' ? [[trans.__('rows'), count(nRows)]] : []),
    ...(typeof stopped === 'number' ? [[trans.__('stopped at step'), count(stopped)]] : []),
    ...parameters.map(([name, value]) => [name, asText(value)])
  ]) as Record<string, string>;
}
