import type { Api } from '../../api.js';
import { followThing, type Followed, type Listen } from '../../followed.js';
import { ownerOf } from '../../owner.js';
import type { Kind, ThingState, Told } from './state.js';

/** One thing, read again whenever the home's stream says that it is not as it was. */
export type ThingSource = Followed<ThingState>;

/**
 * Read a thing over the api.
 *
 * @param identity - whose key signs; whom the server names where it is empty.
 */
export function thingSource(api: Api, kind: Kind, id: string, identity: string, listen: Listen): ThingSource {
  return followThing<ThingState>({
    first: { kind, id, told: null, problem: null },
    read: async signal => ({ told: await read(api, kind, id, identity, signal) }),
    concerns: change => {
      if (kind === 'task' && change.kind === 'ledger') {
        // What it holds is told with everything else that moves.
        return 'soon';
      }
      return change.id === id || (kind === 'task' && change.task === id && change.kind !== 'job');
    },
    listen
  });
}

async function read(api: Api, kind: Kind, id: string, identity: string, signal: AbortSignal): Promise<Told> {
  switch (kind) {
    case 'task': {
      const [task, owner] = await Promise.all([
        api.get('/tasks/{task}', { path: { task: id }, signal }),
        ownerOf(api, identity, signal)
      ]);
      return { kind, task, isSponsor: owner === task.sponsor };
    }
    case 'contribution':
      return {
        kind,
        contribution: await api.get('/contributions/{contribution}', { path: { contribution: id }, signal })
      };
    case 'epoch':
      return { kind, epoch: await api.get('/epochs/{epoch}', { path: { epoch: id }, signal }) };
  }
}
