-- The chain of signed records.

-- name: last_record
select seq, head from store.record order by seq desc limit 1;

-- name: record_by_content_id
select seq, content_id, kind, author, envelope, head, created_at
from store.record
where content_id = $content_id;

-- name: record_ids
select content_id from store.record;

-- name: insert_records
insert into store.record (
    seq, content_id, kind, author, envelope, previous, head, created_at
)
select seq, content_id, kind, author, envelope, previous, head, created_at from frame;

-- name: insert_few_records
insert into store.record (seq, content_id, kind, author, envelope, previous, head, created_at)
select
    unnest($seq::bigint[]) as seq,
    unnest($content_id::varchar[]) as content_id,
    unnest($kind::varchar[]) as kind,
    unnest($author::varchar[]) as author,
    unnest($envelope::varchar[]) as envelope,
    unnest($previous::varchar[]) as previous,
    unnest($head::varchar[]) as head,
    unnest($created_at::timestamptz[]) as created_at;

-- name: count_records
select count(*) as n_records from store.record;

-- Runs done again: of one run or of all, oldest first.
-- name: reproductions
select content_id, author, envelope, created_at
from store.record
where kind = 'reproduction' and ($run is null or envelope ->> '$.body.run' = $run)
order by seq;

-- What one person might move out of the treasury, as the server recorded it last.
-- name: last_treasury_limit
select content_id, envelope ->> '$.body.limit' as most
from store.record
where kind = 'treasury-limit'
order by seq desc
limit 1;
