import type { Api } from '../../api.js';
import { followThing, type Followed, type Listen } from '../../followed.js';
import type { Kind, ThingState, Told } from './state.js';

/** One thing, read again whenever the home's stream says that it is not as it was. */
export type ThingSource = Followed<ThingState>;

/** Read a thing over the api. */
export function thingSource(api: Api, kind: Kind, id: string, listen: Listen): ThingSource {
  return followThing<ThingState>({
    first: { kind, id, told: null, problem: null },
    read: async signal => ({ told: await read(api, kind, id, signal) }),
    concerns: change => change.id === id || (kind === 'task' && change.task === id && change.kind !== 'job'),
    listen
  });
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
