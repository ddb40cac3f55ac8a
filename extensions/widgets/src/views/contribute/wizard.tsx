import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Context } from '../../context.js';
import { ErrorCard, Notice, ShowCode, short, useSource, useWords } from '../../kit/index.js';
import type { Words } from '../../words/index.js';
import { ChecksStep } from './checks_step.js';
import { FileStep } from './file_step.js';
import { Flow } from './flow.js';
import { ReceiptStep } from './receipt_step.js';
import type { Kept, State, StepName } from './state.js';
import { TaskStep } from './task_step.js';
import { TermsStep } from './terms_step.js';

const STEPS: readonly StepName[] = ['task', 'file', 'terms', 'checks', 'receipt'];

/** From a file to a signed receipt; what it keeps is on the server, so any page goes on. */
export function ContributeWizard({ context }: { context: Context<State> }): JSX.Element {
  const trans = useWords();
  const state = useSource(context.source);
  const flow = context.source instanceof Flow ? context.source : null;
  const heading = useRef<HTMLHeadingElement>(null);
  const { step } = state.kept;
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) {
      shown.current = step;
      heading.current?.focus();
    }
  }, [step]);
  if (flow === null) {
    return (
      <Notice kind="info">
        {trans.__('A contribution is signed in JupyterLab or Notebook 7. Open this there.')}
      </Notice>
    );
  }
  const title = state.tasks?.find(task => task.id === state.kept.task)?.title;
  return (
    <article class="wb-Card wb-Contribute" aria-label={trans.__('Contribute')}>
      <header class="wb-Card-head">
        <h2 class="wb-Card-title">
          {title === undefined || step === 'task'
            ? trans.__('Contribute')
            : trans.__('Contribute to %1', title)}
        </h2>
      </header>
      <ol class="wb-Steps" aria-label={trans.__('Steps')}>
        {STEPS.map((name, at) => (
          <li
            key={name}
            class={at < STEPS.indexOf(step) ? 'wb-mod-done' : ''}
            {...(name === step ? { 'aria-current': 'step' as const } : {})}
          >
            {at < STEPS.indexOf(step) ? '✓' : at + 1} {stepWords(name, trans)}
          </li>
        ))}
      </ol>
      <h3 class="wb-Contribute-step" ref={heading} tabIndex={-1}>
        {headings(step, trans)}
      </h3>
      {step === 'task' && state.problem && (
        <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: flow.again }} />
      )}
      {step === 'task' && <TaskStep flow={flow} state={state} />}
      {step === 'file' && <FileStep flow={flow} state={state} />}
      {step === 'terms' && <TermsStep flow={flow} state={state} />}
      {step === 'checks' && <ChecksStep flow={flow} state={state} />}
      {step === 'receipt' && <ReceiptStep flow={flow} state={state} />}
      <footer class="wb-Card-foot">
        <ShowCode code={codeOf(state.kept)} />
      </footer>
    </article>
  );
}

function stepWords(step: StepName, trans: Words): string {
  const words: Record<StepName, string> = {
    task: trans.__('Task'),
    file: trans.__('File'),
    terms: trans.__('Licence'),
    checks: trans.__('Checks'),
    receipt: trans.__('Receipt')
  };
  return words[step];
}

function headings(step: StepName, trans: Words): string {
  const words: Record<StepName, string> = {
    task: trans.__('Which task are your data for?'),
    file: trans.__('Which file do you bring?'),
    terms: trans.__('Under which licence, and for what?'),
    checks: trans.__('What the checks say'),
    receipt: trans.__('Thank you')
  };
  return words[step];
}

/** Return the lines of Python that do the same. */
export function codeOf(kept: Kept): string {
  const lines = ['from workbench import Bench', '', 'bench = Bench.open()'];
  if (kept.contribution !== null && kept.upload === null) {
    return [...lines, `draft = bench.contribution(${python(kept.contribution)})`].join('\n');
  }
  const named = Object.keys(kept.columns).length > 0 ? [`columns=${python(kept.columns)}`] : [];
  const args = [
    python(kept.upload?.path ?? kept.upload?.name ?? 'rows.csv'),
    `license=${python(kept.license || 'CC-BY-4.0')}`,
    ...named
  ];
  lines.push(
    `task = bench.task(${python(kept.task ?? 'TASK')})`,
    `draft = task.contribute(${args.join(', ')})`,
    ...kept.past.map(({ drop }) => `draft = draft.mask(${drop ? 'drop=True' : ''})`),
    `draft.submit(sign=True, purposes=${python(kept.purposes)})`
  );
  if (kept.contribution !== null) {
    lines.push(`# it is ${short(kept.contribution)}`);
  }
  return lines.join('\n');
}

/** JSON is Python for texts, lists and objects of texts. */
function python(value: unknown): string {
  return JSON.stringify(value);
}
