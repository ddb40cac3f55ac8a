-- Closings of a task's books.

-- name: epoch_by_id
select id, task, number, study, pool, paid, returned, record, created_at
from store.epoch
where id = $id;

-- name: epochs_of_task
select id, task, number, study, pool, paid, returned, record, created_at
from store.epoch
where task = $task
order by number;

-- name: insert_epoch
insert into store.epoch (id, task, number, study, pool, paid, returned, record, created_at)
values ($id, $task, $number, $study, $pool, $paid, $returned, $record, $now);

-- name: insert_payout
insert into store.payout (epoch, owner, units, amount)
values ($epoch, $owner, $units, $amount);

-- name: payouts_of_epoch
select owner, n_rows, value, standard_error, rank, share, amount
from leaderboard
where task = $task and epoch = $number
order by amount desc, rank asc, owner asc;

-- Epochs and studies whose id begins so, and the epoch that is called task:number.
-- name: epochs_and_studies
select id, 'epoch' as kind
from store.epoch
where starts_with(id, $name) or task || ':' || number = $name
union all
select id, 'study' as kind
from store.study
where starts_with(id, $name)
order by kind, id;

-- name: payouts_with_units
select owner, units, amount from store.payout where epoch = $epoch order by owner;
