/** "Check in this browser": what a payout page prints, held against the proof that it carries. */

import { checkPayouts, type IClaim, type ILine, type IStep } from './proof';

const MARKS = { true: '✓', false: '✗' };

/** The amount that a person reads, in µcr; the page says the same to machines. */
function amountOf(element: Element | null | undefined): bigint {
  const text = (element?.textContent ?? '').trim();
  const parts = /^(\d{1,3}(?:,\d{3})*)\.(\d{2,6})$/.exec(text);
  if (!parts) {
    throw new Error(`“${text}” is no amount`);
  }
  const amount = BigInt(parts[1]!.replace(/,/g, '') + parts[2]!.padEnd(6, '0'));
  if (element?.getAttribute('value') !== String(amount)) {
    throw new Error(`the page prints ${text} and says otherwise to machines`);
  }
  return amount;
}

function lineOf(element: Element): ILine {
  const owner = element.querySelector('[data-check=owner]')?.textContent ?? '';
  return { owner, amount: amountOf(element.querySelector('[data-check=amount] data')) };
}

function claimOf(section: HTMLElement): IClaim {
  const { epoch, kind, scope } = section.dataset;
  const total = (name: string) => amountOf(document.querySelector(`[data-check=${name}] data`));
  return {
    epoch: String(epoch),
    kind: kind as IClaim['kind'],
    isWhole: scope === 'whole',
    printed: () => ({
      lines: [...document.querySelectorAll('[data-check=line]')].map(lineOf),
      pool: total('pool'),
      returned: total('returned')
    })
  };
}

function stepsOf(section: HTMLElement): IStep[] {
  try {
    const proof = document.getElementById('wb-proof')?.textContent ?? '';
    return checkPayouts(claimOf(section), JSON.parse(proof));
  } catch (error) {
    // The proof cannot be read: nothing of the page is shown as checked.
    const says = error instanceof Error ? error.message : String(error);
    return (['amounts', 'entry', 'path', 'signature'] as const).map(name => ({
      name,
      says,
      holds: false
    }));
  }
}

function show(section: HTMLElement, steps: IStep[]): void {
  for (const { name, says, holds } of steps) {
    const item = section.querySelector(`[data-step=${name}]`);
    item?.setAttribute('data-holds', String(holds));
    item?.querySelector('[data-part=mark]')?.replaceChildren(MARKS[`${holds}`]);
    item?.querySelector('[data-part=says]')?.replaceChildren(says);
  }
  const broken = steps.find(step => !step.holds);
  section.dataset.holds = String(!broken);
  const verdict = broken
    ? `✗ Does not hold: ${broken.says}.`
    : '✓ All four hold: this page says what the signed log says.';
  section.querySelector('[role=status]')?.replaceChildren(verdict);
}

for (const section of document.querySelectorAll<HTMLElement>('.wb-check')) {
  const button = section.querySelector('button');
  button?.removeAttribute('hidden');
  button?.addEventListener('click', () => show(section, stepsOf(section)));
}
