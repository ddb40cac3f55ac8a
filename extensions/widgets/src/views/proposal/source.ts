import type { Api } from '../../api.js';
import { ownerOf } from '../../owner.js';
import { followThing, type Followed, type Listen } from '../../followed.js';
import type { Around, ProposalState } from './state.js';

/** A proposal, read again whenever it is not as it was. */
export type ProposalSource = Followed<ProposalState>;

/**
 * Read a proposal over the api.
 *
 * @param identity - whose key signs; whom the server names where it is empty.
 * @param listen - to the home's stream, where there is one.
 */
export function proposalSource(api: Api, id: string, identity = '', listen?: Listen): ProposalSource {
  return followThing<ProposalState>({
    first: { proposal: id, told: null, diff: null, around: null, problem: null },
    read: async signal => {
      const told = await api.get('/proposals/{proposal}', { path: { proposal: id }, signal });
      const [around, diff] = await Promise.all([
        aroundOf(api, told.task, identity, signal),
        api.get('/proposals/{proposal}/diff', { path: { proposal: told.id }, signal })
      ]);
      return { told, around, diff };
    },
    concerns: (change, { told }) => {
      if (change.kind === 'ledger') {
        // A review is told as a new record of the log, and of those there can be many.
        return 'soon';
      }
      const isOfAll = change.kind === 'champion' || (change.kind === 'proposal' && !change.id);
      return change.id === id || change.id === told?.id || isOfAll;
    },
    ...(listen && { listen })
  });
}

async function aroundOf(api: Api, task: string, identity: string, signal: AbortSignal): Promise<Around> {
  const [of, owner] = await Promise.all([
    api.get('/tasks/{task}', { path: { task }, signal }),
    ownerOf(api, identity, signal)
  ]);
  return { sponsor: of.sponsor, champion: of.champion, owner };
}
