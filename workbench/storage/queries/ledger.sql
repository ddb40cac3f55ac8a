-- The journal: entries of postings, and what accounts hold.

-- name: balances
select account, amount from balance order by account;

-- name: balance_of
select coalesce(sum(amount), 0)::bigint as amount from balance where account = $account;

-- name: entry_by_id
select seq, id, kind, reason, created_at from store.entry where id = $id;

-- name: next_entry
select coalesce(max(seq), -1) + 1 as seq from store.entry;

-- name: insert_entry
insert into store.entry (seq, id, kind, reason, created_at)
values ($seq, $id, $kind, $reason, $now);

-- name: insert_posting
insert into store.posting (entry, ordinal, source, destination, amount)
values ($entry, $ordinal, $source, $destination, $amount);

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
