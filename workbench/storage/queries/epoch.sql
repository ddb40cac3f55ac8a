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
