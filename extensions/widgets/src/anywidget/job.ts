import type { RenderProps } from '@anywidget/types';

import type { Job, JobEvent } from '../api.js';
import { Settable } from '../context.js';
import { offered } from '../page.js';
import { after, hasEnded, jobSource, mount, NOTHING_YET, type JobState } from '../views/job/index.js';
import { wordsOfPage } from '../words/index.js';

/** The traits of `workbench.widgets.JobCard`; the kernel sets them, the page never does. */
interface Traits {
  job: Job;
  events: JobEvent[];
  as_of: string;
}

/** In Lab the card follows the job itself; elsewhere it shows what the kernel tells it. */
function render({ model, el }: RenderProps<Traits>): () => void {
  const words = wordsOfPage();
  const page = offered();
  const { api } = page;
  if (api) {
    const source = jobSource(api, model.get('job').id);
    const end = mount(el, { ...page, source, words });
    return () => {
      end();
      source.close();
    };
  }
  const told = (): JobState => {
    const job = model.get('job');
    const asOf = hasEnded(job) ? null : model.get('as_of');
    return { ...model.get('events').reduce(after, NOTHING_YET), job, connection: 'static', asOf };
  };
  const source = new Settable(told());
  const changed = (): void => {
    source.set(told());
  };
  model.on('change:job', changed);
  model.on('change:events', changed);
  const end = mount(el, { source, words });
  return () => {
    model.off('change:job', changed);
    model.off('change:events', changed);
    end();
  };
}

export default { render };
