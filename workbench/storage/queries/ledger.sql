-- The journal: entries of postings, and what accounts hold.

-- name: balances
select account, amount from balance order by account;

-- name: balance_of
select coalesce(sum(amount), 0)::bigint as amount from balance where account = $account;

-- name: entry_by_id
select seq, id, kind, reason, created_at from store.entry where id = $id;

-- Entries that no record of the same id moved.
-- name: other_entry_ids
select e.id
from store.entry as e
where not exists (select 1 from store.record as r where r.content_id = e.id);

-- name: next_entry
select coalesce(max(seq), -1) + 1 as seq from store.entry;

-- name: insert_entries
insert into store.entry (seq, id, kind, reason, created_at)
select seq, id, kind, reason, created_at from frame;

-- name: insert_few_entries
insert into store.entry (seq, id, kind, reason, created_at)
select
    unnest($seq::bigint[]) as seq,
    unnest($id::varchar[]) as id,
    unnest($kind::varchar[]) as kind,
    unnest($reason::varchar[]) as reason,
    unnest($created_at::timestamptz[]) as created_at;

-- name: insert_postings
insert into store.posting (entry, ordinal, source, destination, amount)
select entry, ordinal, source, destination, amount from frame;

-- name: insert_few_postings
insert into store.posting (entry, ordinal, source, destination, amount)
select
    unnest($entry::varchar[]) as entry,
    unnest($ordinal::integer[]) as ordinal,
    unnest($source::varchar[]) as source,
    unnest($destination::varchar[]) as destination,
    unnest($amount::bigint[]) as amount;

-- name: postings_of_entry
select source, destination, amount from store.posting where entry = $entry order by ordinal;

-- What an account held when an entry was written.
-- name: balance_before_entry
select
    coalesce(
        sum(case when p.destination = $account then p.amount else -p.amount end), 0
    )::bigint as amount
from store.posting as p
inner join store.entry as e on p.entry = e.id
where
    e.seq < (select seq from store.entry where id = $entry)
    and $account in (p.source, p.destination);

-- name: entry_with_postings
select e.seq, e.id, e.kind, e.reason, e.created_at, p.source, p.destination, p.amount
from store.entry as e
inner join store.posting as p on e.id = p.entry
where e.id = $id
order by p.ordinal;

-- Postings of an account, each with what it held afterwards.
-- name: statement
select
    e.seq,
    e.kind,
    e.reason,
    case when p.destination = $account then p.source else p.destination end as counterparty,
    case when p.destination = $account then p.amount else -p.amount end as amount,
    sum(
        case when p.destination = $account then p.amount else -p.amount end
    ) over (order by e.seq, p.ordinal)::bigint as balance,
    e.created_at
from store.posting as p
inner join store.entry as e on p.entry = e.id
where
    $account in (p.source, p.destination)
    and ($until::timestamptz is null or e.created_at < $until)
order by e.seq, p.ordinal;

-- What accounts held by an instant, or when the log had a size. Ledger entries stand in the log
-- in their own order.
-- name: balances_at
select
    m.account,
    sum(m.amount)::bigint as amount
from (
    select
        p.entry,
        p.destination as account,
        p.amount
    from store.posting as p
    union all
    select
        p.entry,
        p.source as account,
        -p.amount as amount
    from store.posting as p
) as m
inner join store.entry as e on m.entry = e.id
where
    ($at::timestamptz is null or e.created_at <= $at)
    and (
        $size::bigint is null
        or e.seq < (select count(*) from store.log where kind = 'entry' and seq < $size)
    )
group by m.account
order by m.account;
