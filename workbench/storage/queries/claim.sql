-- Whose a row is: of accepted contributions that hold it, the one that claimed it first.

-- name: forget_displaced_rows
delete from store.displaced_row
where (contribution, position) in (
    select
        r.contribution,
        r.position
    from store.contribution_row as r
    where
        r.task = $task
        and r.sha256 in (select sha256 from store.contribution_row where contribution = $id)
);

-- Of the rows that the contribution $id has too.
-- name: displace_rows
insert into store.displaced_row (contribution, position, owner)
with claims as (
    select
        r.contribution,
        r.position,
        row_number() over turns as turn,
        first_value(c.owner) over turns as holder
    from store.contribution_row as r
    inner join store.contribution as c on r.contribution = c.id
    inner join store.record as claim on coalesce(c.commitment, c.record) = claim.content_id
    inner join store.record as own on c.record = own.content_id
    where
        r.task = $task
        and c.state = 'accepted'
        and r.sha256 in (select sha256 from store.contribution_row where contribution = $id)
    window turns as (
        partition by r.sha256
        order by claim.seq, own.seq, r.position
    )
)

select contribution, position, holder from claims where turn > 1;

-- Contributions that share a row with $id and do, or did, not count whole.
-- name: mark_uncounted
update store.contribution
set counted_sha256 = '', n_rows = left_over.n_rows, updated_at = $now
from (
    select
        r.contribution,
        count(*) - count(d.position) as n_rows,
        count(d.position) as n_displaced
    from store.contribution_row as r
    left join store.displaced_row as d
        on r.contribution = d.contribution and r.position = d.position
    where
        r.contribution in (
            select shared.contribution
            from store.contribution_row as shared
            where
                shared.task = $task
                and shared.sha256 in (
                    select sha256 from store.contribution_row where contribution = $id
                )
        )
    group by r.contribution
) as left_over
where
    id = left_over.contribution
    and state = 'accepted'
    and (left_over.n_displaced > 0 or counted_sha256 is not null);

-- name: uncounted_contributions
select id, task, owner, rows_sha256, n_rows, findings
from store.contribution
where state = 'accepted' and counted_sha256 = '' and ($task is null or task = $task)
order by id;

-- name: displaced_rows_of
select position, owner from store.displaced_row where contribution = $id order by position;

-- name: count_contribution
update store.contribution
set counted_sha256 = $counted_sha256, findings = $findings
where id = $id;

-- What of a contribution has counted since it was submitted, the newest last.
-- name: counted_records
select content_id, envelope ->> '$.body.rows_sha256' as rows_sha256
from store.record
where kind = 'counted' and envelope ->> '$.body.contribution' = $id
order by seq;

-- Rows of others that count because nobody claims them any more once $id is gone.
-- name: rows_that_return
select count(*) as n_rows
from (
    select
        r.sha256,
        min_by(r.contribution, claim.seq) as first_one
    from store.contribution_row as r
    inner join store.contribution as c on r.contribution = c.id
    inner join store.record as claim on coalesce(c.commitment, c.record) = claim.content_id
    where r.task = $task and c.state = 'accepted'
    group by r.sha256
    having count(*) > 1
) as shared
where shared.first_one = $id;

-- name: withdrawn_data_of
select run, contribution, owner, rows_sha256, withdrawn_at
from dataset_withdrawn
where ($run is null or run = $run) and ($task is null or task = $task)
order by run, contribution;

-- Runs that have read an owner's rows, in any form in which they counted.
-- name: runs_with_rows
select
    id,
    kind,
    model
from store.run
where
    id in (
        select run from dataset
        where task = $task and owner = $owner and list_contains($rows::varchar[], rows_sha256)
    )
order by created_at, id;

-- name: payouts_of_owner
select e.number, p.amount
from store.epoch as e
inner join store.payout as p on e.id = p.epoch
where e.task = $task and p.owner = $owner
order by e.number;

-- name: hidden_test_files
select spec ->> '$.hidden_test_sha256' as sha256 from store.task
union
select spec ->> '$.gate_test_sha256' as sha256 from store.task
where spec ->> '$.gate_test_sha256' is not null
order by sha256;

-- name: commitments_of_task
select content_id, seq, envelope, created_at
from store.record
where kind = 'commitment' and envelope ->> '$.body.task' = $task
order by seq;
