import type { JSX } from 'preact';

import {
  Chip,
  Empty,
  IntervalPlot,
  MarkedName,
  Select,
  Table,
  decimalsFor,
  fixed,
  gain,
  markOf,
  rankText,
  short,
  useWords
} from '../../kit/index.js';
import type { BoardSource } from './source.js';
import { metricsOf, modelLines, type BoardState, type ModelLine } from './state.js';

const P_FLOOR = 0.001;

interface ModelsProps {
  state: BoardState;
  source: BoardSource;
  champion: string | null;
}

/** The models of the newest comparison, the champion marked. */
export function Models({ state, source, champion }: ModelsProps): JSX.Element | null {
  const trans = useWords();
  const newest = state.comparisons.at(-1);
  if (state.epochs === null) {
    return null;
  }
  const metrics = newest ? metricsOf(newest) : [];
  const by = metrics.find(one => one.metric === state.metric) ?? metrics[0];
  if (!newest || !by) {
    return <Empty>{trans.__('No models have been compared yet.')}</Empty>;
  }
  const lines = modelLines(newest, by, champion);
  const places = decimalsFor(lines.map(({ score, low, high }) => ({ value: score, low, high })));
  const differences = decimalsFor(
    lines.flatMap(line =>
      line.difference === null
        ? []
        : [{ value: line.difference, low: line.differenceLow ?? NaN, high: line.differenceHigh ?? NaN }]
    )
  );
  const percent = `${Math.round(100 * Number(newest.details.confidence ?? 0.95))}\u202f%`;
  const order = by.better === 'lower' ? trans.__('lower is better') : trans.__('higher is better');
  return (
    <section class="wb-Section" aria-label={trans.__('Models')}>
      {metrics.length > 1 && (
        <div class="wb-Filters">
          <Select
            label={trans.__('Metric')}
            value={by.metric}
            choices={metrics.map(one => ({ value: one.metric, label: one.metric }))}
            onValue={metric => source.choose({ metric })}
          />
        </div>
      )}
      <Table
        caption={trans.__('Models by %1, %2', by.metric, order)}
        rows={lines}
        keyOf={line => line.model}
        columns={[
          { name: trans.__('Model'), cell: line => <Name line={line} /> },
          { name: trans.__('Rank'), cell: line => rankText(line.rank), isNumber: true },
          { name: by.unit === '' ? by.metric : `${by.metric}, ${by.unit}`, cell: line => fixed(line.score, places), isNumber: true },
          {
            name: trans.__('%1 interval', percent),
            cell: line => `${fixed(line.low, places)} … ${fixed(line.high, places)}`,
            isNumber: true
          },
          {
            name: trans.__('Difference from the first'),
            cell: line => (line.difference === null ? '' : gain(line.difference, differences)),
            isNumber: true
          },
          { name: trans.__('p'), cell: line => pText(line.p), isNumber: true },
          { name: trans.__('Verdict'), cell: line => line.verdict }
        ]}
      />
      <IntervalPlot
        title={trans.__('Models with their %1 intervals', percent)}
        xLabel={by.unit === '' ? by.metric : `${by.metric}, ${by.unit}`}
        rows={lines.map(({ model, score, low, high }) => ({
          name: short(model),
          value: score,
          low,
          high,
          mark: markOf(model)
        }))}
      />
    </section>
  );
}

function Name({ line }: { line: ModelLine }): JSX.Element {
  const trans = useWords();
  return (
    <>
      <MarkedName mark={markOf(line.model)} name={short(line.model)} />{' '}
      {line.isChampion && <Chip kind="champion">★ {trans.__('champion')}</Chip>}
    </>
  );
}

function pText(p: number | null): string {
  if (p === null) {
    return '';
  }
  return p < P_FLOOR ? `<\u202f${P_FLOOR}` : p.toFixed(3);
}
