import type { Api } from '../../api.js';
import type { Change } from '../../changes.js';
import { Settable, type Source } from '../../context.js';
import { asProblem } from '../../problem.js';
import type { Kind, ThingState, Told } from './state.js';

/** One thing, read again whenever the home's stream says that it is not as it was. */
export interface ThingSource extends Source<ThingState> {
  refresh: () => Promise<void>;
  close: () => void;
}

type Listen = (heard: (change: Change) => void) => () => void;

/** Read a thing over the api. */
export function thingSource(api: Api, kind: Kind, id: string, listen: Listen): ThingSource {
  const kept = new Settable<ThingState>({ kind, id, told: null, problem: null });
  const ending = new AbortController();
  const refresh = async (): Promise<void> => {
    try {
      const told = await read(api, kind, id, ending.signal);
      kept.set({ ...kept.get(), told, problem: null });
    } catch (thrown) {
      if (!ending.signal.aborted) {
        kept.set({ ...kept.get(), problem: asProblem(thrown) });
      }
    }
  };
  const deaf = listen(change => {
    const isOfTask = kind === 'task' && change.task === id && change.kind !== 'job';
    if (change.id === id || isOfTask || (change.kind === 'stream' && change.state === 'reload')) {
      void refresh();
    }
  });
  void refresh();
  return {
    get: () => kept.get(),
    subscribe: changed => kept.subscribe(changed),
    refresh,
    close: () => {
      ending.abort();
      deaf();
    }
  };
}

async function read(api: Api, kind: Kind, id: string, signal: AbortSignal): Promise<Told> {
  switch (kind) {
    case 'task':
      return { kind, task: await api.get('/tasks/{task}', { path: { task: id }, signal }) };
    case 'contribution':
      return {
        kind,
        contribution: await api.get('/contributions/{contribution}', { path: { contribution: id }, signal })
      };
    case 'epoch':
      return { kind, epoch: await api.get('/epochs/{epoch}', { path: { epoch: id }, signal }) };
  }
}
