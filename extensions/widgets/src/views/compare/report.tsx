import type { JSX } from 'preact';

import type { Schemas } from '../../api.js';
import {
  Chip,
  Icon,
  IntervalPlot,
  MarkedName,
  Table,
  count,
  measured,
  useWords,
  type Column
} from '../../kit/index.js';
import { markOf as usualMark } from '../../kit/mark_of.js';
import type { Words } from '../../words/index.js';
import { Configuration } from './configuration.js';
import { ranked, type Found, type Line, type SliceLine } from './details.js';
import { SaidTable } from './said.js';
import { BASE } from './state.js';
import { pText, verdictOf, verdictWord } from './verdict.js';

interface ReportProps {
  found: Found;
  champion: string | null;
  runs: Readonly<Record<string, Schemas['RunView']>>;
  nameOf: (model: string) => string;
}

/** A comparison on one page; its first sentence is enough for whoever reads no further. */
export function Report({ found, champion, runs, nameOf }: ReportProps): JSX.Element {
  const trans = useWords();
  const lines = ranked(found);
  const main = found.metrics[0];
  const models = lines.map(line => line.model);
  const marks = marksOf(models);
  const markOf = (model: string): number => marks.get(model) ?? 0;
  const better = main?.better === 'lower' ? trans.__('lower is better') : trans.__('higher is better');
  return (
    <>
      <VerdictBox
        found={found}
        nameOf={model =>
          model === champion
            ? trans.__('the champion %1', nameOf(model))
            : model === BASE
              ? trans.__('the base model')
              : nameOf(model)
        }
      />
      <section class="wb-Section">
        <Table
          caption={trans.__('%1 models on the same %2 hidden items', models.length, count(found.nItems))}
          columns={[
            {
              name: trans.__('Model'),
              cell: line => (
                <span class="wb-Model">
                  <MarkedName mark={markOf(line.model)} name={nameOf(line.model)} />
                  {line.model === champion && <Chip>{trans.__('champion')}</Chip>}
                </span>
              )
            },
            ...scoreColumns(found, trans)
          ]}
          rows={lines}
          keyOf={line => line.model}
        />
        <p class="wb-Section-note">
          {main && `${main.metric}: ${main.unit}, ${better}. `}
          {trans.__('Differences are from row 1, item by item.')}{' '}
          {found.isOverPool &&
            trans.__(
              "Losses are over the tokens of the task's pool: comparable within the task only."
            )}
        </p>
      </section>
      {lines.length > 1 && main && (
        <IntervalPlot
          title={trans.__('Difference from %1, with its %2 % interval', nameOf(models[0] ?? ''), measured(100 * found.confidence, 2))}
          xLabel={`${main.metric}, ${main.unit} (${better})`}
          rows={lines.slice(1).map(line => ({
            name: nameOf(line.model),
            value: line.difference ?? Number.NaN,
            low: line.difference_low ?? Number.NaN,
            high: line.difference_high ?? Number.NaN,
            mark: markOf(line.model)
          }))}
        />
      )}
      <Configuration models={models} runs={runs} nameOf={nameOf} />
      <Slices found={found} models={models} nameOf={nameOf} />
      <Disagreements found={found} models={models} nameOf={nameOf} />
      {found.generations.length > 0 && (
        <SaidTable caption={trans.__('What they write')} said={found.generations} models={models} nameOf={nameOf} />
      )}
    </>
  );
}

function VerdictBox({ found, nameOf }: Pick<ReportProps, 'found' | 'nameOf'>): JSX.Element | null {
  const trans = useWords();
  const verdict = verdictOf(found, nameOf, trans);
  return verdict === null ? (
    <p>{trans.__('One model alone: choose another to hold it against.')}</p>
  ) : (
    <div class={`wb-Verdict wb-mod-${verdict.isSure ? 'sure' : 'unsure'}`} role="status">
      <p class="wb-Verdict-which">
        <Icon name={verdict.isSure ? 'success' : 'info'} /> {verdict.which}
      </p>
      <p>{verdict.howMuch}</p>
      <p>{verdict.howSure}</p>
    </div>
  );
}

function scoreColumns(found: Found, trans: Words): Column<Line>[] {
  const [main, ...others] = found.metrics;
  const percent = `${measured(100 * found.confidence, 2)}\u202f%`;
  const by = (metric: string, model: string): number =>
    found.scores.find(line => line.metric === metric && line.model === model)?.score ?? Number.NaN;
  return [
    { name: main?.metric ?? '', cell: line => measured(line.score), isNumber: true },
    { name: trans.__('%1 interval', percent), cell: line => range(line.low, line.high), isNumber: true },
    { name: trans.__('difference'), cell: line => signed(line.difference), isNumber: true },
    {
      name: trans.__('its %1 interval', percent),
      cell: line => (line.difference === null ? '' : range(line.difference_low, line.difference_high, signed)),
      isNumber: true
    },
    { name: 'p', cell: line => (line.p === null ? '' : pText(line.p).replace('= ', '')), isNumber: true },
    { name: trans.__('verdict'), cell: line => <span class="wb-Nowrap">{verdictWord(line.verdict, trans)}</span> },
    ...others.map(({ metric }) => ({
      name: metric,
      cell: (line: Line) => measured(by(metric, line.model)),
      isNumber: true
    }))
  ];
}

type Part = { found: Found; models: readonly string[]; nameOf: (model: string) => string };

function Slices({ found, models, nameOf }: Part): JSX.Element | null {
  const trans = useWords();
  const main = found.metrics[0]?.metric;
  const lines = found.slices.filter(line => line.metric === main);
  const kinds = [...new Set(lines.map(line => line.by))];
  return kinds.length === 0 ? null : (
    <section class="wb-Section">
      {kinds.map(by => {
        const ofKind = lines.filter(line => line.by === by);
        const values = [...new Map(ofKind.map(line => [line.value, line.n_items])).entries()];
        values.sort((a, b) => b[1] - a[1]);
        const at = (value: string, model: string): SliceLine | undefined =>
          ofKind.find(line => line.value === value && line.model === model);
        return (
          <Table
            key={by}
            caption={trans.__('%1 by %2', main, by)}
            columns={[
              { name: by, cell: ([value]) => value },
              { name: trans.__('items'), cell: ([, n]) => count(n), isNumber: true },
              ...models.map(model => ({
                name: nameOf(model),
                cell: ([value]: [string, number]) => sliceCell(at(value, model), trans),
                isNumber: true
              }))
            ]}
            rows={values}
            keyOf={([value]) => value}
          />
        );
      })}
    </section>
  );
}

function Disagreements({ found, models, nameOf }: Part): JSX.Element | null {
  const trans = useWords();
  const shown = models.slice(1).flatMap(model =>
    found.disagreements
      .filter(one => one.model === model)
      .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
      .slice(0, 6)
  );
  return shown.length === 0 ? null : (
    <details class="wb-Section">
      <summary>{trans.__('Where they disagree most')}</summary>
      <Table
        caption={trans.__('Items of the hidden test, by their place; what they say stays hidden')}
        columns={[
          { name: trans.__('item'), cell: one => `${one.item}` },
          { name: trans.__('Model'), cell: one => nameOf(one.model) },
          { name: nameOf(models[0] ?? ''), cell: one => measured(one.first_score), isNumber: true },
          { name: trans.__('this model'), cell: one => measured(one.score), isNumber: true },
          { name: trans.__('difference'), cell: one => signed(one.difference), isNumber: true }
        ]}
        rows={shown}
        keyOf={one => `${one.model} ${one.item}`}
      />
    </details>
  );
}

function sliceCell(line: SliceLine | undefined, trans: Words): string {
  if (line === undefined) {
    return '–';
  }
  return line.difference === null
    ? measured(line.score)
    : `${measured(line.score)} (${signed(line.difference)}, ${verdictWord(line.verdict, trans)})`;
}

function signed(value: number | null): string {
  return value === null ? '' : `${value > 0 ? '+' : ''}${measured(value, 3)}`;
}

function range(low: number | null, high: number | null, one: (n: number) => string = measured): string {
  return low === null || high === null ? '' : `${one(low)} … ${one(high)}`;
}

/** Return a mark for each model: its own wherever it is shown, the next free one if two share it. */
function marksOf(models: readonly string[]): Map<string, number> {
  const marks = new Map<string, number>();
  const taken = new Set<number>();
  for (const model of models) {
    let mark = usualMark(model);
    while (taken.has(mark % N_COLOURS)) {
      mark += 1;
    }
    taken.add(mark % N_COLOURS);
    marks.set(model, mark);
  }
  return marks;
}

// As many as there are colours: at most eight models are on a page.
const N_COLOURS = 8;
