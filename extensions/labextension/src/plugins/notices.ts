import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
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
    void home.source.then(source => source.listen(hear));
  }
};
