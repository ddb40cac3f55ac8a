import type { JSX } from 'preact';

import { Table, measured, moment, useWords } from '../../kit/index.js';
import { micro, type Proposal } from './state.js';

type Verdict = Proposal['verdicts'][number];

/** What the gate found by its newest verdict, and what was said before. */
export function VerdictPart({ told }: { told: Proposal }): JSX.Element | null {
  const trans = useWords();
  const last = told.verdicts.at(-1);
  if (last === undefined || last.conditions.length === 0) {
    return null;
  }
  const before = told.verdicts.slice(0, -1);
  return (
    <section class="wb-Section">
      <Table
        caption={trans.__('What the gate found on %1', moment(last.created_at, trans.language))}
        columns={[
          {
            name: trans.__('Condition'),
            cell: one => `${one.holds ? '✓' : '✗'} ${conditionWord(one.name, trans)}`
          },
          { name: trans.__('Holds'), cell: one => (one.holds ? trans.__('yes') : trans.__('no')) },
          { name: trans.__('Found'), cell: one => one.found },
          { name: trans.__('Wanted'), cell: one => one.wanted }
        ]}
        rows={last.conditions}
        keyOf={one => one.name}
      />
      <dl class="wb-Facts">
        {factsOf(last, trans).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {before.length > 0 && (
        <details>
          <summary>{trans._n('One verdict before', '%1 verdicts before', before.length)}</summary>
          <ul class="wb-Panel-list">
            {before.map(one => (
              <li key={one.record}>
                {moment(one.created_at, trans.language)} · {one.found}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function factsOf(last: Verdict, trans: ReturnType<typeof useWords>): [string, string][] {
  const facts: [string, string][] = [];
  if (last.p !== null) {
    facts.push(['p', last.p < 0.0001 ? '< 0.0001' : measured(last.p, 2)]);
  }
  if (last.decision === 'passed') {
    facts.push([
      trans.__('Certified gain'),
      trans.__('at least %1 of the metric, with 95 % confidence', micro(last.gain))
    ]);
  }
  if (last.again_at !== null) {
    facts.push([trans.__('Judged again'), moment(last.again_at, trans.language)]);
  }
  return facts;
}

function conditionWord(name: string, trans: ReturnType<typeof useWords>): string {
  const words: Record<string, string> = {
    significance: trans.__('more than chance'),
    margin: trans.__('by more than the margin ε'),
    slices: trans.__('no slice worse')
  };
  return words[name] ?? name;
}
