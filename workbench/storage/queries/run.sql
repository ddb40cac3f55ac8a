-- Runs a person would look at, and the models they made.

-- name: run_by_id
select
    id, task, kind, spec, model, metrics, details, tracking_state, tracking_run, created_at
from store.run
where id = $id;

-- name: run_of_job
select id
from store.run
where id = $id or json_extract_string(details, '$.stopped_job') = $job;

-- name: runs_that_begin
select
    id, task, kind, spec, model, metrics, details, tracking_state, tracking_run, created_at
from store.run
where starts_with(id, $beginning)
order by id;

-- name: runs
select
    id, task, kind, spec, model, metrics, details, tracking_state, tracking_run, created_at
from store.run
where $task is null or task = $task
order by created_at, id;

-- What another server found is published there; early comparisons have no scores.
-- name: newest_comparison
select id, details, created_at
from store.run
where
    task = $task and kind = 'comparison'
    and json_extract(details, '$.scores') is not null
    and id not in (select run from store.mirrored_run)
order by created_at desc, id asc
limit 1;

-- What another server recorded is logged there.
-- name: pending_runs
select id
from store.run
where tracking_state = 'pending' and id not in (select run from store.mirrored_run)
order by created_at, id;

-- name: insert_run
insert into store.run (
    id, task, kind, spec, model, metrics, details, tracking_state, created_at
) values (
    $id, $task, $kind, $spec, $model, $metrics, $details, 'pending', $now
)
on conflict (id) do nothing;

-- name: mark_run_logged
update store.run
set tracking_state = 'logged', tracking_run = $tracking_run
where id = $id;

-- name: models_of_task
select digest, task, base, run, artifacts, created_at
from store.model_version
where task = $task
order by created_at, digest;

-- name: insert_model
insert into store.model_version (digest, task, base, run, artifacts, created_at)
values ($digest, $task, $base, $run, $artifacts, $now)
on conflict (digest, task) do nothing;

-- name: insert_seal
insert into store.seal (run, tracking_run, document_sha256, record, created_at)
values ($run, $tracking_run, $document_sha256, $record, $now);

-- name: seal_of_run
select run, tracking_run, document_sha256, record, created_at
from store.seal
where run = $run;

-- What is signed of a task's runs: whole ones, and the values of studies.
-- name: seals_of_task
select s.run, 'run' as what, s.record, s.created_at as at
from store.seal as s
inner join store.run as r on s.run = r.id
where r.task = $task
union all
select id as run, 'values' as what, record, sealed_at as at
from store.study
where task = $task and record is not null
order by run, what;
