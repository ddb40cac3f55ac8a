import type { Api } from '../../api.js';
import { Settable, type Source } from '../../context.js';
import { asProblem, fileChanged, Problem, type ProblemDetails } from '../../problem.js';
import { patiently } from '../../resuming.js';
import { newUploadId, type Stored } from '../../uploads.js';
import { peek } from './first_rows.js';
import { Speed } from './speed.js';
import { after, asKept, ENDED, isSame, NEW, NOTHING, type Contribution, type Kept, type Sent, type State } from './state.js';

/** A contribution under way: what is known of it, and what a person may do next. */
export class Flow implements Source<State> {
  private readonly kept: Settable<State>;
  private ending = new AbortController();
  private sending: AbortController | null = null;
  private file: File | null = null;
  private nLooks = 0;

  constructor(
    readonly api: Api,
    given: unknown,
    private readonly onKept: (kept: Kept) => void = () => undefined
  ) {
    this.kept = new Settable<State>({ ...NOTHING, kept: asKept(given) });
    void this.open();
  }

  get = (): State => this.kept.get();
  subscribe = (changed: () => void): (() => void) => this.kept.subscribe(changed);

  /** Stop asking; what the server does goes on. */
  close(): void {
    this.ending.abort();
    this.sending?.abort();
  }

  /** Look at everything anew, after something could not be reached. */
  again = (): void => {
    this.ending.abort();
    this.ending = new AbortController();
    this.set({ problem: null });
    void this.open();
  };

  chooseTask = (task: string): void => {
    const { kept } = this.get();
    const isSame = kept.task === task;
    this.keep({ task, step: 'file', ...(isSame ? {} : { columns: {}, license: '', job: null, contribution: null }) });
    if (!isSame) {
      this.set({ look: null, lookProblem: null, draft: null, gates: {} });
    }
    this.lookSoon();
  };

  goTo = (step: Kept['step']): void => {
    this.keep({ step });
    this.set({ problem: null });
  };

  /** Send a file; one that an upload before was begun with goes on where that is. */
  chooseFile = (file: File): void => {
    const { kept, toResume } = this.get();
    this.file = file;
    if (toResume === null || !isSame(kept.upload, file)) {
      this.forgetUpload();
      this.begin({ id: newUploadId(), name: file.name, size: file.size, modified: file.lastModified });
    }
    this.set({ problem: null, toResume: null, peek: null });
    void peek(file, file.name).then(
      found => this.set({ peek: found }),
      () => undefined
    );
    void this.send();
  };

  /** Have the Jupyter server send a file that lies there. */
  choosePath = (path: string): void => {
    const name = path.split('/').at(-1) ?? path;
    this.forgetUpload();
    this.file = null;
    this.begin({ id: newUploadId(), name, size: 0, modified: 0, path });
    this.set({ problem: null, toResume: null, peek: null });
    void this.send();
  };

  /** Go on with an upload that was refused, when a person has made room, say. */
  goOn = (): void => {
    this.set({ problem: null });
    void this.send();
  };

  /** Take the file back before it is contributed. */
  cancelUpload = (): void => {
    this.forgetUpload();
    this.file = null;
    this.keep({ upload: null, sha256: null, columns: {}, job: null, contribution: null, step: 'file' });
    this.set({ transfer: null, toResume: null, peek: null, look: null, lookProblem: null, problem: null });
  };

  nameColumn = (role: string, column: string): void => {
    const { kept, look } = this.get();
    const named = { ...look?.by_role, ...kept.columns, [role]: column };
    const columns = Object.fromEntries(Object.entries(named).filter(([, name]) => name !== ''));
    this.keep({ columns, job: null, contribution: null });
    void this.look();
  };

  choose = (part: Partial<Pick<Kept, 'license' | 'purposes' | 'mayShare'>>): void => {
    this.keep(part);
  };

  lookAgain = (): void => void this.look();

  /** Let the gates look at the file. */
  check = async (): Promise<void> => {
    const offered = this.offered();
    if (offered !== null) {
      const { path, body } = offered;
      const { license } = this.get().kept;
      await this.checked(() => this.api.post('/tasks/{task}/contributions', { path, body: { ...body, license } }));
      this.keep({ past: [] });
    }
  };

  /** Make a new draft in which what is held is masked, or left out. */
  mask = async (drop: boolean): Promise<void> => {
    const { contribution } = this.get().kept;
    if (contribution !== null) {
      const isMade = await this.checked(() =>
        this.api.post('/contributions/{contribution}/mask', { path: { contribution }, body: { drop } })
      );
      if (isMade) {
        this.keep({ past: [...this.get().kept.past, { draft: contribution, drop }] });
      }
    }
  };

  /** Go back to the draft as it was before it was masked. */
  undo = async (): Promise<void> => {
    const past = [...this.get().kept.past];
    const contribution = past.pop()?.draft;
    if (contribution !== undefined) {
      this.keep({ past, contribution, job: null });
      this.set({ gates: {} });
      await this.reload();
    }
  };

  /** The rejected rows as the server keeps them, JSON Lines. */
  rejected = async (): Promise<string> => {
    const contribution = this.get().kept.contribution ?? '';
    return this.api.text('/contributions/{contribution}/rejected', { path: { contribution } });
  };

  /** Show what was signed. */
  signed = async (): Promise<void> => {
    await this.reload();
  };

  startAnew = (): void => {
    this.file = null;
    const { tasks, owner } = this.get();
    const kept = { ...NEW };
    this.kept.set({ ...NOTHING, kept, tasks, owner });
    this.onKept(kept);
  };

  private async open(): Promise<void> {
    const { signal } = this.ending;
    try {
      const [identity, people, tasks] = await patiently(
        () =>
          Promise.all([
            this.api.me(),
            this.api.get('/principals', { signal }),
            this.api.get('/tasks', { signal })
          ]),
        signal
      );
      const owner = people.find(person => person.name === identity)?.owner ?? identity;
      this.set({ tasks, owner });
      const { kept } = this.get();
      if (kept.contribution !== null) {
        await this.reload();
      }
      if (kept.job !== null && kept.contribution === null) {
        await this.follow(kept.job);
      } else if (kept.sha256 !== null) {
        this.lookSoon();
      } else if (kept.upload !== null && this.sending === null) {
        await this.reopen(kept.upload, signal);
      }
    } catch (thrown) {
      this.fail(thrown, signal);
    }
  }

  /** Find out how far an upload of a page before is. */
  private async reopen(upload: Sent, signal: AbortSignal): Promise<void> {
    if (upload.path !== undefined) {
      await this.send();
      return;
    }
    const known = await this.api.arrived(upload.id, signal);
    if (known.isStored || (known.size === upload.size && known.offset === upload.size)) {
      this.stored(await this.api.storedOf(upload.id, upload.size));
    } else {
      this.set({ toResume: known.offset });
    }
  }

  private begin(upload: Sent): void {
    const step = this.get().kept.task === null ? 'task' : 'file';
    this.keep({ upload, sha256: null, columns: {}, job: null, contribution: null, past: [], step });
    this.set({ look: null, lookProblem: null, draft: null, gates: {} });
  }

  private forgetUpload(): void {
    this.sending?.abort();
    const { upload, sha256 } = this.get().kept;
    if (upload !== null && sha256 === null) {
      // Nothing depends on it: what nobody deletes is deleted after seven days.
      void this.api.cancelUpload(upload.id).catch(() => undefined);
    }
  }

  private async send(): Promise<void> {
    const { upload } = this.get().kept;
    if (upload === null) {
      return;
    }
    this.sending?.abort();
    const sending = new AbortController();
    this.sending = sending;
    try {
      this.stored(await this.bytes(upload, sending.signal));
    } catch (thrown) {
      if (sending.signal.aborted) {
        return;
      }
      const problem = asProblem(thrown);
      this.set({ transfer: null, problem });
      if (problem.details.facts.reason === 'changed') {
        this.forgetUpload();
        this.file = null;
        this.keep({ upload: null });
      }
    }
  }

  private async bytes(upload: Sent, signal: AbortSignal): Promise<Stored> {
    if (upload.path !== undefined) {
      this.set({ transfer: { arrived: 0, size: 0, state: 'storing', secondsLeft: null, tryNow: null } });
      const found = await this.api.uploadFromPath(upload.id, upload.path, signal);
      this.keep({ upload: { ...upload, size: found.size, name: found.name } });
      return found;
    }
    if (this.file === null) {
      throw fileChanged();
    }
    const speed = new Speed();
    return this.api.upload(this.file, {
      id: upload.id,
      signal,
      onProgress: (arrived, size, state) => {
        const secondsLeft = state === 'waiting' ? null : speed.left(arrived, size);
        this.set({ transfer: { arrived, size, state, secondsLeft, tryNow: null } });
      },
      onWait: tryNow => {
        const { transfer } = this.get();
        this.set({ transfer: transfer && { ...transfer, tryNow } });
      }
    });
  }

  private stored({ sha256, size }: Stored): void {
    this.keep({ sha256 });
    this.set({ transfer: { arrived: size, size, state: 'storing', secondsLeft: null, tryNow: null }, toResume: null });
    this.lookSoon();
  }

  private lookSoon(): void {
    const { kept } = this.get();
    if (kept.sha256 !== null && kept.task !== null && kept.contribution === null) {
      void this.look();
    }
  }

  /** Ask the server what it reads of the file. */
  private async look(): Promise<void> {
    const offered = this.offered();
    if (offered === null) {
      return;
    }
    const number = ++this.nLooks;
    const { signal } = this.ending;
    this.set({ isLooking: true, lookProblem: null });
    try {
      const given = { ...offered, signal };
      const look = await patiently(() => this.api.post('/tasks/{task}/first-rows', given), signal);
      if (number === this.nLooks) {
        this.set({ look, isLooking: false });
      }
    } catch (thrown) {
      if (number === this.nLooks && !signal.aborted) {
        this.set({ lookProblem: asProblem(thrown), isLooking: false });
      }
    }
  }

  /** The file as a task is asked about it, `null` before all of that is known. */
  private offered() {
    const { kept, owner } = this.get();
    const { task, sha256, upload, columns } = kept;
    return task === null || sha256 === null || upload === null || owner === null
      ? null
      : { path: { task }, body: { file_sha256: sha256, file_name: upload.name, owner, columns } };
  }

  private async checked(ask: () => Promise<{ id: string }>): Promise<boolean> {
    this.set({ problem: null });
    try {
      const job = await patiently(ask, this.ending.signal);
      this.keep({ step: 'checks', job: job.id, contribution: null });
      // Not waited for: the button that asked is free again, and the gates tell by themselves.
      void this.follow(job.id);
      return true;
    } catch (thrown) {
      this.fail(thrown, this.ending.signal);
      return false;
    }
  }

  private async follow(job: string): Promise<void> {
    const { signal } = this.ending;
    this.set({ gates: {}, progress: null, isChecking: true, draft: null });
    try {
      for (;;) {
        await this.api.watch(job, {
          signal,
          onEvent: event => this.kept.set(after(this.get(), event))
        });
        const now = await this.api.get('/jobs/{job}', { path: { job }, signal });
        if (!ENDED.has(now.state)) {
          // The end of an attempt before: the server was killed, and the job starts over.
          continue;
        }
        if (now.state === 'done') {
          this.keep({ contribution: String(now.result?.contribution) });
          await this.reload();
        } else if (now.problem !== null) {
          this.set({ problem: new Problem(now.problem as unknown as ProblemDetails) });
        } else {
          this.keep({ job: null, step: 'terms' });
        }
        break;
      }
    } catch (thrown) {
      this.fail(thrown, signal);
    }
    this.set({ isChecking: false, progress: null });
  }

  private async reload(): Promise<void> {
    const contribution = this.get().kept.contribution ?? '';
    const { signal } = this.ending;
    try {
      const given = { path: { contribution }, signal };
      const draft: Contribution = await patiently(
        () => this.api.get('/contributions/{contribution}', given),
        signal
      );
      const isDraft = draft.state === 'draft';
      this.keep({ task: draft.task, license: draft.license || this.get().kept.license });
      this.set({ draft });
      if (!isDraft) {
        this.keep({ step: 'receipt', job: null });
        this.set({ receipt: await this.api.get('/contributions/{contribution}/receipt', given) });
      }
    } catch (thrown) {
      this.fail(thrown, signal);
    }
  }

  private keep(part: Partial<Kept>): void {
    const kept = { ...this.get().kept, ...part };
    this.set({ kept });
    this.onKept(kept);
  }

  private set(part: Partial<State>): void {
    this.kept.set({ ...this.get(), ...part });
  }

  private fail(thrown: unknown, signal: AbortSignal): void {
    if (!signal.aborted) {
      this.set({ problem: asProblem(thrown) });
    }
  }
}
