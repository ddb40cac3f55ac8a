import type { JSX } from 'preact';

import { Button, Chip, ErrorCard, Loading, Notice, grouped, moment, useWords } from '../../kit/index.js';
import type { Flow } from './flow.js';
import type { State } from './state.js';

/** What was signed, and by which names it is found again. */
export function ReceiptStep({ flow, state }: { flow: Flow; state: State }): JSX.Element {
  const trans = useWords();
  const { draft, receipt } = state;
  if (state.problem) {
    return <ErrorCard problem={state.problem} action={{ label: trans.__('Try again'), onPress: flow.again }} />;
  }
  if (draft === null || receipt === null) {
    return <Loading />;
  }
  const facts = [
    [trans.__('Contribution'), draft.id],
    [trans.__('Content id of the signed consent'), receipt.record],
    [trans.__('File'), `${draft.file_name}, SHA-256 ${draft.file_sha256}`],
    [trans.__('Rows that count'), grouped(draft.n_rows.toString())],
    [trans.__('Signed'), moment(receipt.created_at, trans.language)]
  ] as const;
  return (
    <>
      <Notice kind={draft.state === 'accepted' ? 'success' : 'warning'}>
        {draft.state === 'accepted'
          ? trans.__('Your rows are in the task. They count from the next training on.')
          : draft.state === 'quarantined'
            ? trans.__('Your contribution is signed and waits for a reviewer.')
            : trans.__('The contribution is now %1.', draft.state)}
      </Notice>
      <section class="wb-Contribute-review" aria-label={trans.__('Receipt')}>
        <h3>
          {trans.__('Receipt')} <Chip kind={draft.state === 'accepted' ? 'done' : 'plain'}>{draft.state}</Chip>
        </h3>
        <dl class="wb-Facts">
          {facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{text}</code>
              </dd>
            </div>
          ))}
        </dl>
        <p class="wb-Dialog-words">{receipt.words}</p>
      </section>
      <div class="wb-Actions">
        <Button
          onPress={() => {
            const text = JSON.stringify(receipt, null, 2);
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
            link.download = `receipt-${draft.id.slice(0, 12)}.json`;
            link.click();
            URL.revokeObjectURL(link.href);
          }}
        >
          {trans.__('Save the receipt')}
        </Button>
        <Button onPress={flow.startAnew}>{trans.__('Contribute something else')}</Button>
      </div>
    </>
  );
}
