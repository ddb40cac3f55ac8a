-- The log over records and ledger entries.

-- name: last_logged
select seq, kind, entry, prev, head from store.log order by seq desc limit 1;

-- name: logged_from
select seq, kind, entry, prev, head
from store.log
where seq >= $first and seq < $until
order by seq
limit $n_rows;

-- name: insert_logged
insert into store.log (seq, kind, entry, prev, head)
select seq, kind, entry, prev, head from frame;

-- name: insert_few_logged
insert into store.log (seq, kind, entry, prev, head)
select
    unnest($seq::bigint[]) as seq,
    unnest($kind::varchar[]) as kind,
    unnest($entry::varchar[]) as entry,
    unnest($prev::varchar[]) as prev,
    unnest($head::varchar[]) as head;

-- Records and ledger entries of a home from before the log, each in its own order and together
-- by time. A clock that went back moves nothing before its elders.
-- name: history
select kind, seq, id, entry_kind, reason, created_at
from (
    select
        'record' as kind,
        seq,
        content_id as id,
        null as entry_kind,
        null as reason,
        created_at,
        max(created_at) over (order by seq) as turn
    from store.record
    union all
    select
        'entry' as kind,
        e.seq,
        e.id,
        e.kind as entry_kind,
        e.reason,
        e.created_at,
        max(e.created_at) over (order by e.seq) as turn
    from store.entry as e
)
order by turn asc, kind desc, seq asc;

-- name: postings_between
select e.seq, p.source, p.destination, p.amount
from store.entry as e
inner join store.posting as p on e.id = p.entry
where e.seq >= $first and e.seq < $until
order by e.seq, p.ordinal;

-- name: records_between
select seq, content_id, kind, author, envelope, previous, head, created_at
from store.record
where seq >= $first and seq < $until
order by seq;

-- name: entries_between
select seq, id, kind, reason, created_at
from store.entry
where seq >= $first and seq < $until
order by seq;

-- How much there is, and what accounts hold, at one moment.
-- name: standing
select s.log_end, s.n_logged, s.n_records, s.n_entries, b.account, b.amount
from (
    select
        (select coalesce(max(seq) + 1, 0) from store.log) as log_end,
        (select count(*) from store.log) as n_logged,
        (select count(*) from store.record) as n_records,
        (select count(*) from store.entry) as n_entries
) as s
left join balance as b on true
order by b.account;

-- Files that the home must have; of withdrawn rows only the digest stays, and what came in a
-- bundle may have left its task's hidden test at home.
-- name: named_files
select file_sha256 as sha256, 'contribution ' || id as owner
from store.contribution
where state <> 'withdrawn'
union all
select rows_sha256 as sha256, 'contribution ' || id as owner
from store.contribution
where state <> 'withdrawn'
union all
select counted_sha256 as sha256, 'contribution ' || id as owner
from store.contribution
where state <> 'withdrawn' and counted_sha256 <> ''
union all
select findings ->> '$.rejected' as sha256, 'contribution ' || id as owner
from store.contribution
where state <> 'withdrawn' and findings ->> '$.rejected' <> ''
union all
select document_sha256 as sha256, 'the seal of run ' || run as owner
from store.seal
union all
select entry_sha256 as sha256, 'the bundle of run ' || run as owner
from store.mirrored_run
union all
select losses_sha256 as sha256, 'the gate of proposal ' || proposal as owner
from store.gate
where losses_sha256 is not null
union all
select rows_sha256 as sha256, 'the gate test of task ' || task as owner
from store.gate_test
union all
select hidden_rows_sha256 as sha256, 'task ' || id as owner
from store.task
where
    not exists (
        select 1 from store.mirrored_run as m
        inner join store.run as r on m.run = r.id
        where r.task = store.task.id
    )
order by owner, sha256;

-- name: artifacts
select digest, artifacts from store.model_version order by digest;

-- Entries by the beginning of the id of what they name; a record and its ledger entry may share
-- one, so that the third may be the first of another id.
-- name: logged_named
select
    seq,
    coalesce(entry ->> '$.record', entry ->> '$.entry.id') as id
from store.log
where starts_with(coalesce(entry ->> '$.record', entry ->> '$.entry.id'), $name)
order by seq
limit 3;

-- Where records and ledger entries stand in the log, by their ids.
-- name: logged_places
select seq, kind, entry, id
from (
    select
        seq,
        kind,
        entry,
        case kind when 'record' then entry ->> '$.record' else entry ->> '$.entry.id' end as id
    from store.log
)
where list_contains($ids::varchar[], id)
order by seq;

-- Every text in which a file of the home may be named, but for what is done with: requests of jobs
-- that ended, and contributions that were withdrawn, whose files go by themselves.
-- name: files_named_anywhere
select distinct unnest(regexp_extract_all(said, '[0-9a-f]{64}')) as sha256
from (
    select envelope as said from store.record
    union all
    select concat_ws(' ', file_sha256, rows_sha256, counted_sha256, findings) as said
    from store.contribution
    where state <> 'withdrawn'
    union all
    select
        concat_ws(
            ' ', result, case when state in ('queued', 'running') then request end
        ) as said
    from store.job
    union all
    select concat_ws(' ', spec, details, model) as said from store.run
    union all
    select concat_ws(' ', digest, base, artifacts) as said from store.model_version
    union all
    select concat_ws(' ', spec, hidden_rows_sha256) as said from store.task
    union all
    select rows_sha256 as said from store.gate_test
    union all
    select spec as said from store.game
    union all
    select rows_sha256 as said from store.player
    union all
    select concat_ws(' ', options, answered_by) as said from store.study
    union all
    select document_sha256 as said from store.seal
    union all
    select entry_sha256 as said from store.mirrored_run
    union all
    select manifest_sha256 as said from store.mirrored_head
) as texts
order by sha256;

-- Files that name others: what was sealed, and what came in bundles.
-- name: files_that_name_files
select document_sha256 as sha256 from store.seal
union
select entry_sha256 as sha256 from store.mirrored_run
order by sha256;
