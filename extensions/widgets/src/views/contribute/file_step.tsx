import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import {
  Button,
  ErrorCard,
  Field,
  Loading,
  Notice,
  Progress,
  Select,
  Table,
  bytes,
  grouped,
  useUniqueId,
  useWords
} from '../../kit/index.js';
import type { Problem } from '../../problem.js';
import type { Words } from '../../words/index.js';
import type { Flow } from './flow.js';
import type { FirstRows, State, Transfer } from './state.js';

const COMES_BACK = new Set(['login', 'page', 'token', 'rights', 'busy', 'offset']);
const SHOWN_CHARACTERS = 160;

type Props = { flow: Flow; state: State };

/** The file: chosen, sent, and its first rows while it is on its way. */
export function FileStep({ flow, state }: Props): JSX.Element {
  const trans = useWords();
  const { upload, sha256 } = state.kept;
  return (
    <>
      {state.problem && <UploadProblem flow={flow} problem={state.problem} />}
      {upload === null && <Choose flow={flow} />}
      {upload !== null && state.toResume !== null && <Resume flow={flow} state={state} />}
      {upload !== null && (
        <>
          <p>
            <strong class="wb-Contribute-name">{upload.name}</strong>
            {upload.size > 0 && ` · ${bytes(upload.size)}`}
          </p>
          {state.transfer && <Sending transfer={state.transfer} isDone={sha256 !== null} isLocal={upload.path !== undefined} />}
          <FirstRowsTable state={state} />
          <Columns flow={flow} state={state} />
          {state.look?.as_read && <AsRead look={state.look} />}
          {state.look?.as_read === null && <Canonical look={state.look} />}
        </>
      )}
      <div class="wb-Actions">
        {upload !== null && (
          <Button
            kind="accent"
            disabled={!canGoOn(state)}
            {...(canGoOn(state) ? {} : { hint: whyNot(state, trans) })}
            onPress={() => {
              flow.goTo('terms');
            }}
          >
            {trans.__('Next: licence')}
          </Button>
        )}
        {upload !== null && (
          <Button onPress={flow.cancelUpload} {...(sha256 === null ? { kind: 'danger' as const } : {})}>
            {sha256 === null ? trans.__('Cancel the upload') : trans.__('Choose another file')}
          </Button>
        )}
        <Button
          onPress={() => {
            flow.goTo('task');
          }}
        >
          {trans.__('Change the task')}
        </Button>
      </div>
      {upload !== null && !canGoOn(state) && <p class="wb-Field-help">{whyNot(state, trans)}</p>}
    </>
  );
}

function canGoOn({ kept, look, lookProblem }: State): boolean {
  // Where every worker is busy nobody can look, and the gates read the file anyway.
  const isLooked = look === null ? lookProblem?.status === 409 : typeof look.refusal !== 'string';
  return kept.sha256 !== null && isLooked;
}

function whyNot(state: State, trans: Words): string {
  if (state.kept.sha256 === null) {
    return trans.__('The server does not have the whole file yet.');
  }
  return state.isLooking
    ? trans.__('The server reads the first rows.')
    : trans.__('First say which column is which, or choose another file.');
}

function Choose({ flow }: { flow: Flow }): JSX.Element {
  const trans = useWords();
  const [isOver, setOver] = useState(false);
  const [path, setPath] = useState('');
  const id = useUniqueId();
  return (
    <div class="wb-Contribute-choose">
      <div
        class={`wb-Drop${isOver ? ' wb-mod-over' : ''}`}
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => {
          setOver(false);
        }}
        onDrop={event => {
          event.preventDefault();
          setOver(false);
          const file = event.dataTransfer?.files[0];
          if (file) {
            flow.chooseFile(file);
          }
        }}
      >
        <label for={id}>{trans.__('Drop a file here, or choose one')}</label>
        <FileInput id={id} onFile={flow.chooseFile} />
        <span class="wb-Field-help">
          {trans.__('CSV, TSV, JSON, JSON Lines, Parquet or text; also gzipped')}
        </span>
      </div>
      <form
        class="wb-Contribute-path"
        onSubmit={event => {
          event.preventDefault();
          if (path.trim() !== '') {
            flow.choosePath(path.trim());
          }
        }}
      >
        <Field
          label={trans.__('Or a path in Jupyter’s file browser')}
          value={path}
          onValue={setPath}
          placeholder={trans.__('data/rows.csv')}
          maxLength={4096}
        />
        <button type="submit" class="wb-Button wb-mod-plain" aria-disabled={path.trim() === ''}>
          {trans.__('Take this file')}
        </button>
      </form>
    </div>
  );
}

function FileInput(props: { id: string; onFile: (file: File) => void }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <input
      id={props.id}
      ref={input}
      type="file"
      class="wb-Input"
      onChange={() => {
        const file = input.current?.files?.[0];
        if (file) {
          props.onFile(file);
        }
      }}
    />
  );
}

function Resume({ flow, state }: Props): JSX.Element {
  const trans = useWords();
  const id = useUniqueId();
  const { upload } = state.kept;
  return (
    <Notice kind="info">
      <p>
        {trans.__(
          '%1 of %2 have arrived and are kept for seven days. Choose the same file to go on there.',
          bytes(state.toResume ?? 0),
          bytes(upload?.size ?? 0)
        )}
      </p>
      <label for={id}>{trans.__('The file %1 again', upload?.name ?? '')}</label>
      <FileInput id={id} onFile={flow.chooseFile} />
    </Notice>
  );
}

function Sending(props: { transfer: Transfer; isDone: boolean; isLocal: boolean }): JSX.Element {
  const trans = useWords();
  const { arrived, size, state, secondsLeft, tryNow } = props.transfer;
  if (props.isDone) {
    return <p role="status">{trans.__('✓ The server has the whole file.')}</p>;
  }
  if (state === 'waiting') {
    return (
      <Notice kind="warning">
        <p>
          {trans.__('The connection is lost and tried again. What has arrived is kept.')}
          {arrived > 0 && ` ${trans.__('%1 of %2', bytes(arrived), bytes(size))}`}
        </p>
        {tryNow && <Button onPress={tryNow}>{trans.__('Try now')}</Button>}
      </Notice>
    );
  }
  const label = props.isLocal
    ? trans.__('The Jupyter server sends the file')
    : state === 'storing'
      ? trans.__('Storing: %1 of %2', bytes(arrived), bytes(size))
      : trans.__('Sending: %1 of %2', bytes(arrived), bytes(size));
  return <Progress label={label} done={arrived} total={size} secondsLeft={secondsLeft} />;
}

function UploadProblem({ flow, problem }: { flow: Flow; problem: Problem }): JSX.Element {
  const trans = useWords();
  const { reason } = problem.details.facts;
  // A login comes back, and so does a disk's space; what is refused as it is does not.
  const isOver = problem.status >= 400 && problem.status < 500 && !COMES_BACK.has(String(reason));
  return (
    <ErrorCard
      problem={problem}
      action={
        isOver && flow.get().kept.upload !== null
          ? { label: trans.__('Choose another file'), onPress: flow.cancelUpload }
          : isOver
            ? { label: trans.__('Start again'), onPress: flow.cancelUpload }
            : { label: trans.__('Continue'), onPress: flow.get().kept.upload === null ? flow.again : flow.goOn }
      }
    />
  );
}

function FirstRowsTable({ state }: { state: State }): JSX.Element | null {
  const trans = useWords();
  const { look, peek } = state;
  const columns = look?.found.slice(0, 20) ?? peek?.columns;
  const cells = look?.cells ?? peek?.rows;
  if (columns === undefined || cells === undefined) {
    return state.kept.sha256 !== null && state.isLooking ? <Loading /> : null;
  }
  const byColumn = Object.fromEntries(Object.entries(look?.by_role ?? {}).map(([role, name]) => [name, role]));
  const named = columns.map((name, at) => ({
    name: byColumn[name] === undefined ? name : `${name} → ${byColumn[name]}`,
    cell: ({ row }: { row: readonly string[] }) => beginning(row[at] ?? '')
  }));
  return (
    <Table
      caption={
        look ? trans.__('First rows, as the server reads them') : trans.__('First rows, as your browser reads them')
      }
      columns={[{ name: trans.__('Row'), cell: ({ at }: { at: number }) => grouped(`${look?.rows[at]?.number ?? at + (peek?.first ?? 1)}`) }, ...named] as never}
      rows={cells.map((row, at) => ({ row, at }))}
      keyOf={({ at }) => `${at}`}
    />
  );
}

function beginning(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function Columns({ flow, state }: Props): JSX.Element | null {
  const trans = useWords();
  const { look, lookProblem } = state;
  if (lookProblem) {
    return (
      <ErrorCard
        problem={lookProblem}
        action={{ label: trans.__('Look again'), onPress: flow.lookAgain }}
      />
    );
  }
  if (look === null) {
    return null;
  }
  const refusal = look.refusal ?? null;
  const none = { value: '', label: trans.__('choose a column') };
  // What is read or missing stands first; a task may be able to read much more.
  const isAsked = (role: string): boolean =>
    look.by_role[role] !== undefined || (refusal ?? '').includes(`'${role}'`);
  const asked = look.roles.filter(isAsked);
  const first = asked.length > 0 ? asked : look.roles;
  const others = look.roles.filter(role => !first.includes(role));
  const select = (role: string): JSX.Element => (
    <Select
      key={role}
      label={role}
      value={state.kept.columns[role] ?? look.by_role[role] ?? ''}
      choices={[none, ...look.found.slice(0, 200).map(name => ({ value: name, label: name }))]}
      onValue={column => {
        flow.nameColumn(role, column);
      }}
    />
  );
  return (
    <fieldset class="wb-Contribute-columns">
      <legend>{trans.__('Which column is which')}</legend>
      {refusal !== null && <Notice kind="warning">{refusal}</Notice>}
      {look.findings.map(found => (
        <p key={found.code}>{found.message}</p>
      ))}
      {first.slice(0, 12).map(select)}
      {others.length > 0 && (
        <details>
          <summary>{trans.__('Other columns that the task can read')}</summary>
          {others.slice(0, 12).map(select)}
        </details>
      )}
    </fieldset>
  );
}

function AsRead({ look }: { look: FirstRows }): JSX.Element | null {
  const trans = useWords();
  const row = look.as_read;
  if (!row) {
    return null;
  }
  return (
    <figure class="wb-Contribute-read">
      <figcaption>
        {trans.__('Row %1, exactly as the model gets it', row.number)} ·{' '}
        {trans._n('%1 token', '%1 tokens', row.n_tokens)}
        {row.n_cut > 0 && ` · ${trans.__('%1 of them are cut: a row may have %2', row.n_cut, row.max_tokens)}`}
      </figcaption>
      <pre tabIndex={0}>
        {row.pieces.map((piece, at) => (
          <span key={at} class={piece.is_learnt ? 'wb-mod-learnt' : ''}>
            {piece.text}
          </span>
        ))}
      </pre>
      {row.pieces.some(piece => !piece.is_learnt) && (
        <p class="wb-Field-help">{trans.__('The underlined parts are learnt; the others are only read.')}</p>
      )}
    </figure>
  );
}

function Canonical({ look }: { look: FirstRows }): JSX.Element | null {
  const trans = useWords();
  const good = look.rows.find(row => row.values !== null && row.values !== undefined);
  if (!good) {
    return null;
  }
  return (
    <figure class="wb-Contribute-read">
      <figcaption>{trans.__('Row %1, exactly as the model gets it', good.number)}</figcaption>
      <pre tabIndex={0}>{JSON.stringify(good.values, null, 1)}</pre>
    </figure>
  );
}
