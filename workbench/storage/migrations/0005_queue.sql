-- Who asked for a job, and how soon it should run: a label and a wish, no part of what the job is.
alter table store.job add column requested_by varchar;
alter table store.job add column priority integer default 0;

create or replace view job as
select
    id, verb, task, state, attempts, requested_by, priority, created_at, started_at, finished_at
from store.job;
