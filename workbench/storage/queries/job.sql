-- Jobs and their events.

-- name: job_by_id
select
    id, verb, task, request, state, result, problem, attempts, requested_by, priority, created_at,
    started_at, finished_at
from store.job
where id = $id;

-- name: jobs
select
    id, verb, task, request, state, result, problem, attempts, requested_by, priority, created_at,
    started_at, finished_at
from store.job
where $task is null or task = $task
order by created_at, id;

-- name: unfinished_jobs
select id, requested_by, priority
from store.job
where state in ('queued', 'running')
order by created_at, id;

-- name: queue_job
insert into store.job (id, verb, task, request, state, requested_by, priority, created_at)
values ($id, $verb, $task, $request, 'queued', $requested_by, $priority, $now)
on conflict (id) do update set
    state = 'queued', result = null, problem = null, finished_at = null,
    requested_by = excluded.requested_by, priority = excluded.priority;

-- name: count_queued_jobs
select count(*) as n_queued
from store.job
where state = 'queued' and requested_by is not distinct from $requested_by;

-- name: change_job_priority
update store.job set priority = $priority where id = $id;

-- name: start_job
update store.job
set state = 'running', started_at = $now, attempts = attempts + 1
where id = $id;

-- name: finish_job
update store.job
set state = $state, result = $result, problem = $problem, finished_at = $now
where id = $id;

-- name: insert_job_event
insert into store.job_event (job, seq, event, created_at)
values ($job, $seq, $event, $now);

-- name: last_job_event
select coalesce(max(seq), -1) as seq from store.job_event where job = $job;

-- name: job_events_after
select seq, event
from store.job_event
where job = $job and seq > $after
order by seq
limit 1000;
