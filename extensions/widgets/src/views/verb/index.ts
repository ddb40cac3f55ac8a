import { Settable } from '../../context.js';
import type { Api } from '../../api.js';
import { mounting } from '../../mount.js';
import type { Words } from '../../words/index.js';
import type { Call } from './call.js';
import { VerbDialog } from './dialog.js';

const mount = mounting(VerbDialog);

/** Open the dialog of a verb over the page; it goes away with its end. */
export function openVerb(
  api: Api, words: Words, call: Omit<Call, 'onEnd'>
): Promise<Record<string, unknown> | null> {
  return new Promise(resolve => {
    const host = document.createElement('div');
    host.className = 'wb-Over';
    document.body.append(host);
    const onEnd = (result: Record<string, unknown> | null): void => {
      end();
      host.remove();
      resolve(result);
    };
    const end = mount(host, { api, words, source: new Settable<Call>({ ...call, onEnd }) });
  });
}
