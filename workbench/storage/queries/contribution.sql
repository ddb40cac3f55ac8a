-- Contributions, and the digests of the rows that are theirs.

-- name: contribution_by_id
select
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, record, created_at, updated_at
from store.contribution
where id = $id;

-- name: contributions_of_task
select
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, record, created_at, updated_at
from store.contribution
where task = $task
order by created_at, id;

-- name: accepted_contributions
select id, owner, rows_sha256, file_sha256, license, n_rows
from store.contribution
where task = $task and state = 'accepted'
order by owner, rows_sha256;

-- name: accepted_rows_of_others
select
    c.owner,
    c.rows_sha256
from store.contribution as c
inner join store.record as r on c.record = r.content_id
where c.task = $task and c.state = 'accepted' and c.owner != $owner
order by r.seq;

-- name: contribution_of_file
select id, owner, state
from store.contribution
where task = $task and file_sha256 = $file_sha256 and state not in ('draft', 'refused');

-- name: put_draft
insert into store.contribution (
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, created_at, updated_at
) values (
    $id, $task, $owner, '', 'draft', $file_name, $file_sha256, $rows_sha256, $license,
    $n_rows_submitted, $n_rows, $findings, $now, $now
)
on conflict (id) do update set
    rows_sha256 = excluded.rows_sha256,
    n_rows_submitted = excluded.n_rows_submitted,
    n_rows = excluded.n_rows,
    findings = excluded.findings,
    updated_at = excluded.updated_at;

-- name: settle_contribution
update store.contribution
set state = $state, principal = $principal, record = $record, updated_at = $now
where id = $id;

-- name: insert_contribution_rows
insert into store.contribution_row (contribution, position, task, sha256)
select
    contribution,
    position,
    task,
    sha256
from frame;

-- name: known_rows
select
    r.sha256,
    c.owner
from store.contribution_row as r
inner join store.contribution as c on r.contribution = c.id
where r.task = $task
order by r.sha256;

-- name: count_known_rows
select count(*) as n_rows from store.contribution_row where task = $task;
