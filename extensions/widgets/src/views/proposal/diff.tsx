import type { JSX } from 'preact';

import { Table, count, measured, short, useWords } from '../../kit/index.js';
import type { Disagreement, Line, Said, SliceLine } from '../compare/details.js';
import { SaidTable } from '../compare/said.js';
import { verdictWord } from '../compare/verdict.js';
import type { Diff } from './state.js';

interface Group {
  group: string;
  n_parameters: number;
  norm: number | null;
  champion_norm: number | null;
  difference_norm: number | null;
}

type Part = { diff: Diff };

/** How a model differs from the champion: how it was made, its weights, its scores, its words. */
export function DiffPart({ diff }: Part): JSX.Element {
  const trans = useWords();
  const isMeasured = (diff.scores ?? []).length > 0;
  return (
    <section class="wb-Section" aria-label={trans.__('Against the champion')}>
      <h3 class="wb-Proposal-title">
        {trans.__('Against the champion %1', short(diff.champion))}
      </h3>
      {!isMeasured && <p class="wb-quiet">{trans.__('Its gate has measured nothing: there are no scores to compare.')}</p>}
      <Scores diff={diff} />
      <Items diff={diff} />
      <Slices diff={diff} />
      <Made diff={diff} />
      <Weights diff={diff} />
      <Samples diff={diff} />
      <Disagreements diff={diff} />
    </section>
  );
}

function Scores({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const lines = (diff.scores ?? []) as unknown as Line[];
  const metrics = [...new Set(lines.map(line => line.metric))];
  const of = (metric: string, model: string | null): Line | undefined =>
    lines.find(line => line.metric === metric && line.model === model);
  return metrics.length === 0 ? null : (
    <Table
      caption={trans.__('Scores on the same hidden items')}
      columns={[
        { name: trans.__('metric'), cell: metric => metric },
        { name: trans.__('champion'), cell: metric => measured(of(metric, diff.champion)?.score ?? Number.NaN), isNumber: true },
        { name: trans.__('proposed'), cell: metric => measured(of(metric, diff.challenger)?.score ?? Number.NaN), isNumber: true },
        { name: trans.__('difference'), cell: metric => signed(of(metric, diff.challenger)?.difference ?? null), isNumber: true },
        {
          name: trans.__('its interval'),
          cell: metric => {
            const line = of(metric, diff.challenger);
            return line?.difference_low == null || line.difference_high == null
              ? ''
              : `${signed(line.difference_low)} … ${signed(line.difference_high)}`;
          },
          isNumber: true
        },
        { name: trans.__('verdict'), cell: metric => <span class="wb-Nowrap">{verdictWord(of(metric, diff.challenger)?.verdict ?? null, trans)}</span> }
      ]}
      rows={metrics}
      keyOf={metric => metric}
    />
  );
}

function Items({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const { items_won: won, items_lost: lost, items_alike: alike } = diff;
  return typeof won !== 'number' ? null : (
    <p>
      {trans.__(
        'Of %1 hidden items it wins %2 and loses %3; %4 are alike.',
        count(won + (lost ?? 0) + (alike ?? 0)),
        count(won),
        count(lost ?? 0),
        count(alike ?? 0)
      )}
    </p>
  );
}

function Slices({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const lines = (diff.slices ?? []) as unknown as SliceLine[];
  const main = lines[0]?.metric;
  const pairs = lines.filter(line => line.metric === main && line.model === diff.challenger);
  const before = (line: SliceLine): number =>
    lines.find(
      one => one.metric === main && one.by === line.by && one.value === line.value && one.model === diff.champion
    )?.score ?? Number.NaN;
  return pairs.length === 0 ? null : (
    <Table
      caption={trans.__('%1 by slice', main)}
      columns={[
        { name: trans.__('slice'), cell: line => `${line.by}: ${line.value}` },
        { name: trans.__('items'), cell: line => count(line.n_items), isNumber: true },
        { name: trans.__('champion'), cell: line => measured(before(line)), isNumber: true },
        { name: trans.__('proposed'), cell: line => measured(line.score), isNumber: true },
        { name: trans.__('difference'), cell: line => signed(line.difference), isNumber: true },
        { name: trans.__('verdict'), cell: line => <span class="wb-Nowrap">{verdictWord(line.verdict, trans)}</span> }
      ]}
      rows={pairs}
      keyOf={line => `${line.by} ${line.value}`}
    />
  );
}

function Made({ diff }: Part): JSX.Element {
  const trans = useWords();
  const words = { added: trans.__('+ added'), removed: trans.__('− removed'), kept: trans.__('= kept') };
  return (
    <>
      {diff.data.length > 0 && (
        <Table
          caption={trans.__('Its data')}
          columns={[
            { name: trans.__('Owner'), cell: one => one.owner },
            { name: trans.__('Change'), cell: one => words[one.change] },
            { name: trans.__('Rows'), cell: one => count(one.n_rows), isNumber: true },
            { name: trans.__('Contribution'), cell: one => (one.contribution === null ? '–' : <code>{short(one.contribution)}</code>) }
          ]}
          rows={diff.data}
          keyOf={one => `${one.change} ${one.owner} ${one.contribution ?? ''}`}
        />
      )}
      {diff.parameters.length > 0 ? (
        <Table
          caption={trans.__('Parameters of its recipe that are others')}
          columns={[
            { name: trans.__('name'), cell: one => one.name },
            { name: trans.__('champion'), cell: one => one.champion ?? '–', isNumber: true },
            { name: trans.__('proposed'), cell: one => one.challenger ?? '–', isNumber: true }
          ]}
          rows={diff.parameters}
          keyOf={one => one.name}
        />
      ) : (
        <p class="wb-quiet">{trans.__('No parameter of its recipe is known to be another.')}</p>
      )}
    </>
  );
}

function Weights({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const groups = diff.groups as unknown as Group[];
  return groups.length === 0 ? null : (
    <details>
      <summary>
        {trans.__('Its weights: %1 numbers in %2 groups', count(diff.n_parameters ?? 0), count(groups.length))}
      </summary>
      <Table
        caption={trans.__('Norms of its tensors, by group')}
        columns={[
          { name: trans.__('group'), cell: one => <code>{one.group}</code> },
          { name: trans.__('numbers'), cell: one => count(one.n_parameters), isNumber: true },
          { name: trans.__('champion'), cell: one => norm(one.champion_norm), isNumber: true },
          { name: trans.__('proposed'), cell: one => norm(one.norm), isNumber: true },
          { name: trans.__('of the difference'), cell: one => norm(one.difference_norm), isNumber: true }
        ]}
        rows={groups}
        keyOf={one => one.group}
      />
    </details>
  );
}

function Samples({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const said = (diff.generations ?? []) as unknown as Said[];
  const models = [diff.champion, diff.challenger ?? ''];
  return said.length === 0 ? null : (
    <SaidTable
      caption={trans.__('What both write')}
      said={said}
      models={models}
      nameOf={model => (model === diff.champion ? trans.__('champion') : trans.__('proposed'))}
    />
  );
}

function Disagreements({ diff }: Part): JSX.Element | null {
  const trans = useWords();
  const items = ((diff.disagreements ?? []) as unknown as Disagreement[])
    .filter(one => one.model === diff.challenger)
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
    .slice(0, 12);
  return items.length === 0 ? null : (
    <details>
      <summary>{trans.__('Where they disagree most')}</summary>
      <Table
        caption={trans.__('Items of the hidden test, by their place; what they say stays hidden')}
        columns={[
          { name: trans.__('item'), cell: one => `${one.item}` },
          { name: trans.__('champion'), cell: one => measured(one.first_score), isNumber: true },
          { name: trans.__('proposed'), cell: one => measured(one.score), isNumber: true },
          { name: trans.__('difference'), cell: one => signed(one.difference), isNumber: true }
        ]}
        rows={items}
        keyOf={one => `${one.item}`}
      />
    </details>
  );
}

function norm(value: number | null): string {
  return value === null ? '–' : measured(value);
}

function signed(value: number | null): string {
  return value === null ? '' : `${value > 0 ? '+' : ''}${measured(value, 3)}`;
}
