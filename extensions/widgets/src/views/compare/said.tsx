import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Button, ErrorCard, Field, Table, useWords } from '../../kit/index.js';
import type { Api } from '../../api.js';
import { asProblem, type Problem } from '../../problem.js';
import type { Said } from './details.js';

interface SaidProps {
  caption: string;
  said: readonly Said[];
  models: readonly string[];
  nameOf: (model: string) => string;
}

/** What models write to the same prompts, side by side. */
export function SaidTable({ caption, said, models, nameOf }: SaidProps): JSX.Element {
  const trans = useWords();
  return (
    <Table
      caption={caption}
      columns={[
        { name: trans.__('prompt'), cell: prompt => <span class="wb-Said">{prompt}</span> },
        ...models.map(model => ({
          name: nameOf(model),
          cell: (prompt: string) => (
            <span class="wb-Said">
              {said.find(one => one.prompt === prompt && one.model === model)?.text ?? '…'}
            </span>
          )
        }))
      ]}
      rows={[...new Set(said.map(one => one.prompt))]}
      keyOf={prompt => prompt}
    />
  );
}

interface AskProps extends Omit<SaidProps, 'said' | 'caption'> {
  api: Api;
  task: string;
}

/** Asks all models the same thing, and shows what they write while they write it. */
export function Ask({ api, task, models, nameOf }: AskProps): JSX.Element {
  const trans = useWords();
  const [prompt, setPrompt] = useState('');
  const [job, setJob] = useState<{ id: string } | null>(null);
  const [asked, setAsked] = useState('');
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [isWriting, setWriting] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (job === null) {
      return undefined;
    }
    const ending = new AbortController();
    const { signal } = ending;
    const onEvent = (event: Record<string, unknown>): void => {
      const { type, model, text } = event;
      if (type === 'text' && typeof model === 'string' && typeof text === 'string') {
        setTexts(kept => ({ ...kept, [model]: (kept[model] ?? '') + text }));
      }
    };
    const follow = async (): Promise<void> => {
      await api.watch(job.id, { signal, onEvent });
      const { result } = await api.get('/jobs/{job}', { path: { job: job.id }, signal });
      const rows = (result as { rows?: Said[] } | null)?.rows;
      if (rows) {
        setTexts(Object.fromEntries(rows.map(one => [one.model, one.text])));
      }
    };
    follow()
      .catch((thrown: unknown) => !signal.aborted && setProblem(asProblem(thrown)))
      .finally(() => !signal.aborted && setWriting(false));
    return () => ending.abort();
  }, [job]);
  const ask = async (): Promise<void> => {
    setProblem(null);
    setTexts({});
    setAsked(prompt);
    try {
      const body = { models: [...models], prompts: [prompt], new_tokens: 48 };
      const started = await api.post('/tasks/{task}/generations', { path: { task }, body: body as never });
      setWriting(true);
      // The same question again is the same job: a new object has its answer read again.
      setJob({ id: started.id });
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  return (
    <section class="wb-Section" aria-label={trans.__('Ask them something')}>
      <Field
        label={trans.__('Ask them something')}
        kind="long"
        value={prompt}
        onValue={setPrompt}
        maxLength={2000}
        help={trans.__('Each model goes on from the same words.')}
      />
      <div class="wb-Actions">
        <Button onPress={ask} disabled={prompt === '' || isWriting}>
          {isWriting ? trans.__('They write…') : trans.__('Ask')}
        </Button>
      </div>
      {problem && <ErrorCard problem={problem} />}
      {asked !== '' && (
        <div aria-live="polite" aria-busy={isWriting}>
          <SaidTable
            caption={trans.__('What they write')}
            said={models.map(model => ({ prompt: asked, model, text: texts[model] ?? '…' }))}
            models={models}
            nameOf={nameOf}
          />
        </div>
      )}
    </section>
  );
}
