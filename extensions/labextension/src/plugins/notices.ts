import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { Api } from 'merit-workbench-views/api';
import type { Change } from 'merit-workbench-views/changes';

import { ID } from '../commands.js';
import { IHome, IServices, IWords } from '../tokens.js';

/** Long enough to be read, short enough not to be in the way. */
const TOAST_MS = 8000;
/** Steps of a form that waits for them and shows their end itself... */
const STEPS = new Set(['contribute', 'mask', 'sizes']);
/** ... unless they last so long that a person looks elsewhere. */
const LONG_MS = 30_000;

export const notices: JupyterFrontEndPlugin<void> = {
  id: 'merit-workbench:notices',
  description: 'Keeps the progress of jobs started here in the notification centre, and tells their end.',
  autoStart: true,
  requires: [IServices, IWords, IHome],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    services: IServices,
    trans: IWords,
    home: IHome,
    settings: ISettingRegistry | null
  ) => {
    const kept = new Map<string, { notice: string; since: number }>();
    let wanted = 'toast';
    void settings?.load('merit-workbench:panel').then(loaded => {
      const take = (): void => {
        const { notifications } = loaded.composite;
        wanted = typeof notifications === 'string' ? notifications : 'toast';
      };
      loaded.changed.connect(take);
      take();
    });

    const hear = (change: Change): void => {
      const { id, kind, state } = change;
      if (kind !== 'job' || id === undefined || wanted === 'none' || !services.started.has(id)) {
        return;
      }
      const isOver = state === 'done' || state === 'failed' || state === 'cancelled';
      const verb = typeof change.verb === 'string' ? change.verb : '';
      const name = change.task === undefined ? verb : `${verb} · ${change.task}`;
      const progress = change.progress as { done?: number; total?: number } | undefined;
      const share = progress?.total ? Math.min(1, (progress.done ?? 0) / progress.total) : undefined;
      const words: Record<string, string> = {
        done: trans.__('%1 is done', name),
        failed: trans.__('%1 failed', name),
        cancelled: trans.__('%1 was cancelled', name)
      };
      const message = words[state ?? ''] ?? trans.__('%1 is running', name);
      const types = { done: 'success', failed: 'error', cancelled: 'info' } as const;
      const type = isOver ? types[state] : 'in-progress';
      const old = kept.get(id);
      const lasted = old === undefined ? 0 : performance.now() - old.since;
      const isSeen = state === 'done' && STEPS.has(verb) && lasted < LONG_MS;
      const options = {
        // In the centre only, until it is over.
        autoClose: isOver && wanted === 'toast' && !isSeen ? TOAST_MS : (0 as const),
        actions: [
          { label: trans.__('Open'), callback: () => void app.commands.execute(ID.openJob, { job: id }) }
        ],
        ...(share === undefined || isOver ? {} : { progress: share })
      };
      if (old === undefined) {
        kept.set(id, { notice: Notification.emit(message, type, options), since: performance.now() });
      } else {
        Notification.update({ id: old.notice, message, type, ...options });
      }
      if (isOver) {
        kept.delete(id);
        services.started.delete(id);
      }
    };
    void home.source.then(source => {
      source.listen(hear);
      source.listen(change => {
        if (wanted !== 'none') {
          void tellProposal(app, services.api, trans, change, source.get().inbox?.owner ?? '', wanted);
        }
      });
    });
  }
};

// A rollback that returns a bounty is told as that: only the newest of a thing's changes is.
const DECIDED = new Set(['evaluated', 'rejected', 'waiting', 'merged', 'final', 'rolled back', 'void']);

/** Tell a person what became of a proposal of theirs; those of others are not told. */
async function tellProposal(
  app: JupyterFrontEnd, api: Api, trans: IWords, change: Change, owner: string, wanted: string
): Promise<void> {
  const id = change.kind === 'champion' ? change.proposal : change.kind === 'proposal' ? change.id : '';
  // A merge is told once, as the champion that it makes.
  const isTwice = change.kind === 'proposal' && change.state === 'merged';
  if (typeof id !== 'string' || id === '' || isTwice || owner === '' || !DECIDED.has(change.state ?? '')) {
    return;
  }
  const told = await api.get('/proposals/{proposal}', { path: { proposal: id } }).catch(() => null);
  if (told === null || (told.owner !== owner && !(owner in (told.merge?.bounties ?? {})))) {
    return;
  }
  const [{ credits }, { reasonWord }] = await Promise.all([
    import('merit-workbench-views/kit/format'),
    import('merit-workbench-views/views/proposal/state')
  ]);
  const bounty = credits(told.merge?.bounty ?? '0');
  const words: Record<string, string> = {
    evaluated: trans.__('Your model for %1 has passed its gate', told.task),
    waiting: trans.__('Your model for %1 waits: only the margin is missing', told.task),
    rejected: trans.__('Your model for %1 was refused: %2', told.task, reasonWord(told.reason, trans)),
    merged: trans.__('%1’s model is the champion of %2: %3 credits', told.owner, told.task, bounty),
    final: trans.__('The bounty of %1 credits for %2’s model for %3 is paid', bounty, told.owner, told.task),
    'rolled back': trans.__('%1’s model for %2 was rolled back', told.owner, told.task),
    void: trans.__('%1’s model for %2 was rolled back, and its bounty went back', told.owner, told.task)
  };
  const types: Record<string, 'success' | 'warning' | 'info'> = {
    evaluated: 'success', merged: 'success', final: 'success', rejected: 'warning', 'rolled back': 'warning', void: 'warning'
  };
  Notification.emit(words[change.state ?? ''] ?? '', types[change.state ?? ''] ?? 'info', {
    autoClose: wanted === 'toast' ? TOAST_MS : 0,
    actions: [
      {
        label: trans.__('Open'),
        callback: () => void app.commands.execute('workbench:open-proposal', { proposal: told.id })
      }
    ]
  });
}
