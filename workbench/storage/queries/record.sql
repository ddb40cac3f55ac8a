-- The chain of signed records.

-- name: last_record
select seq, head from store.record order by seq desc limit 1;

-- name: record_by_content_id
select seq, content_id, kind, author, envelope, head, created_at
from store.record
where content_id = $content_id;

-- name: insert_record
insert into store.record (
    seq, content_id, kind, author, envelope, previous, head, created_at
) values (
    $seq, $content_id, $kind, $author, $envelope, $previous, $head, $created_at
);

-- name: count_records
select count(*) as n_records from store.record;

-- Runs done again: of one run or of all, oldest first.
-- name: reproductions
select content_id, author, envelope, created_at
from store.record
where kind = 'reproduction' and ($run is null or envelope ->> '$.body.run' = $run)
order by seq;
