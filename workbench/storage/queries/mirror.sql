-- What goes into a bundle of runs, and what comes out of one.

-- What was signed of a run and of the rows that it read, and who signed that.
-- name: records_of_run
with kept as (
    select seq, author
    from store.record
    where
        content_id = $task_record
        or (kind = 'seal' and envelope ->> '$.body.run' = $run)
        or (kind = 'valuation' and envelope ->> '$.body.study' = $run)
        or (
            kind in ('contribution', 'consent', 'counted')
            and envelope ->> '$.body.task' = $task
            and list_contains($rows::varchar[], envelope ->> '$.body.rows_sha256')
        )
)

select envelope
from store.record
where
    seq in (select seq from kept)
    or (kind = 'principal' and author in (select author from kept))
order by seq;

-- name: model_of_task_by_digest
select digest, task, base, run, artifacts
from store.model_version
where digest = $digest and task = $task;

-- name: evaluations_of_study
select
    e.coalition, e.replicate, e.utility, e.block_utilities, e.seed, e.job, e.seconds
from store.study as s
inner join store.study_coalition as c on s.id = c.study
inner join store.evaluation as e
    on
        s.game = e.game
        and c.coalition = e.coalition
        and coalesce(c.n_replicates, s.n_replicates) > e.replicate
where s.id = $study
order by c.ordinal, e.replicate;

-- name: permutations_of_study
select ordinal, players, coalitions from store.permutation where study = $study order by ordinal;

-- In the order in which the seal's record names them.
-- name: sealed_values_in_order
select
    v.player, v.owner, v.n_rows, v.value, v.standard_error, v.low, v.high, v.rank,
    v.probability_of_rank, v.units
from store.sealed_value as v
inner join store.study as s on v.study = s.id
where v.study = $study
order by list_position(s.players, v.player);

-- name: insert_mirrored_run
insert into store.mirrored_run (run, origin, entry_sha256, created_at)
values ($run, $origin, $entry_sha256, $now);

-- name: mirrored_runs
select run, origin, entry_sha256, created_at
from store.mirrored_run
where $run is null or run = $run
order by created_at, run;

-- Registrations and contributions that came with runs of other servers, before a record said so.
-- name: unnamed_records
with named as (
    select unnest(from_json(b.envelope -> '$.body.records', '["varchar"]')) as content_id
    from store.record as b
    where b.kind = 'bundle'
)

select r.content_id
from store.record as r
left join store.principal as p on r.content_id = p.record
left join store.contribution as c on r.content_id = c.record
left join named as n on r.content_id = n.content_id
where
    r.kind in ('principal', 'contribution')
    and p.record is null
    and c.record is null
    and n.content_id is null
order by r.seq;
