-- Contributions, and the digests of the rows that are theirs.

-- name: contribution_by_id
select
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, record, commitment, counted_sha256, created_at, updated_at
from store.contribution
where id = $id;

-- name: contributions_of_task
select
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, record, commitment, counted_sha256, created_at, updated_at
from store.contribution
where task = $task
order by created_at, id;

-- name: accepted_contributions
select
    id, owner, coalesce(counted_sha256, rows_sha256) as rows_sha256, file_sha256, license, n_rows
from store.contribution
where task = $task and state = 'accepted' and n_rows > 0
order by owner, rows_sha256;

-- name: accepted_rows_of_others
select
    c.owner,
    c.rows_sha256
from store.contribution as c
inner join store.record as r on coalesce(c.commitment, c.record) = r.content_id
where c.task = $task and c.state = 'accepted' and c.owner != $owner and r.seq < $claim
order by r.seq;

-- Whoever claimed the same bytes before a claim.
-- name: contribution_of_file
select c.id, c.owner, c.state
from store.contribution as c
inner join store.record as claim on coalesce(c.commitment, c.record) = claim.content_id
where
    c.task = $task
    and c.file_sha256 = $file_sha256
    and c.state not in ('draft', 'refused', 'withdrawn')
    and claim.seq < $claim;

-- name: put_draft
insert into store.contribution (
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, commitment, created_at, updated_at
) values (
    $id, $task, $owner, '', 'draft', $file_name, $file_sha256, $rows_sha256, $license,
    $n_rows_submitted, $n_rows, $findings, $commitment, $now, $now
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

-- Digests of accepted rows that were claimed before a claim, and whose they are.
-- name: known_rows
select
    r.sha256,
    c.owner
from store.contribution_row as r
inner join store.contribution as c on r.contribution = c.id
inner join store.record as claim on coalesce(c.commitment, c.record) = claim.content_id
anti join store.displaced_row as d on r.contribution = d.contribution and r.position = d.position
where r.task = $task and c.state = 'accepted' and claim.seq < $claim
order by r.sha256;

-- What the gates compared with: another answer says that it has changed.
-- name: count_known_rows
select
    (
        select count(*) from store.contribution_row as r
        inner join store.contribution as c on r.contribution = c.id
        where r.task = $task and c.state = 'accepted'
    ) as n_rows,
    (
        select max(updated_at) from store.contribution
        where task = $task and state not in ('draft', 'refused')
    ) as changed_at;

-- name: change_contribution_state
update store.contribution
set state = $state, findings = $findings, updated_at = $now
where id = $id;

-- name: count_contribution_rows
select count(*) as n_rows from store.contribution_row where contribution = $id;

-- name: delete_contribution_rows
delete from store.contribution_row where contribution = $id;

-- The same bytes that were offered but never submitted.
-- name: delete_drafts_of_file
delete from store.contribution
where owner = $owner and file_sha256 = $file_sha256 and state = 'draft';

-- name: drafts_of_file
select id from store.contribution
where owner = $owner and file_sha256 = $file_sha256 and state = 'draft'
order by id;

-- name: waiting_contributions
select
    id, task, owner, principal, state, file_name, file_sha256, rows_sha256, license,
    n_rows_submitted, n_rows, findings, record, commitment, counted_sha256, created_at, updated_at
from store.contribution
where state = 'quarantined'
order by updated_at, id;

-- name: withdrawn_contributions
select
    id, task, rows_sha256, file_sha256, updated_at,
    findings ->> '$.rejected' as rejected_sha256
from store.contribution
where state = 'withdrawn' and ($id is null or id = $id)
order by updated_at, id;

-- By what a principal, or somebody of its owner group, has a file: it was sent, or it belongs to
-- what they brought.
-- name: upload_of
select u.sha256
from store.upload as u
where
    u.sha256 = $sha256
    and (
        u.principal = $principal
        or u.principal in (select k.principal from store.signing_key as k where k.owner = $owner)
    )
union all
select c.id
from store.contribution as c
where c.owner = $owner and $sha256 in (c.file_sha256, c.rows_sha256, c.counted_sha256)
union all
select t.id
from store.task as t
left join store.gate_test as g on t.id = g.task
where
    t.sponsor = $owner
    and $sha256 in (
        t.hidden_rows_sha256,
        g.rows_sha256,
        t.spec ->> '$.hidden_test_sha256',
        t.spec ->> '$.gate_test_sha256'
    )
limit 1;

-- name: insert_upload
insert into store.upload (sha256, principal, created_at)
values ($sha256, $principal, $now)
on conflict (sha256, principal) do nothing;
