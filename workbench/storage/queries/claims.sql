-- What a contract on a chain may pay, and where to.

-- Payouts up to an epoch: of its task, or of all tasks; by the place in the log of the ledger
-- entry that paid them.
-- name: payouts_until
with paid as (
    select e.id, e.task, e.number, l.seq
    from store.epoch as e
    inner join store.log as l on e.record = l.entry ->> '$.entry.reason'
    where l.kind = 'entry' and l.entry ->> '$.entry.kind' = 'payout' and l.seq < $log_size
)

select paid.seq, paid.id as epoch, p.owner, p.amount
from paid
inner join store.payout as p on paid.id = p.epoch
where
    case
        when $all_tasks then paid.seq <= (select one.seq from paid as one where one.id = $epoch)
        else paid.task = $task and paid.number <= $number
    end
order by paid.seq, p.owner;

-- Each address that an owner group has named, oldest first.
-- name: named_addresses
select l.seq, k.owner, lower(r.envelope ->> '$.body.address') as address
from store.record as r
inner join store.signing_key as k on r.author = k.public_key
inner join store.log as l on l.kind = 'record' and l.entry ->> '$.record' = r.content_id
where r.kind = 'address' and l.seq < $log_size
order by l.seq;

-- name: log_size
select coalesce(max(seq) + 1, 0) as log_size from store.log;
