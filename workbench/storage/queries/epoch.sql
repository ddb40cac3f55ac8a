-- Closings of a task's books.

-- name: epoch_by_id
select
    e.id, e.task, e.number, e.study, e.pool, e.paid, e.returned, e.record, e.created_at,
    e.final_at, s.outcome as settled, s.created_at as settled_at
from store.epoch as e
left join store.settlement as s on e.id = s.epoch
where e.id = $id;

-- The same words pay once, whoever signs them: with another key the record is another one.
-- name: epoch_of_payout
select e.id
from store.epoch as e
inner join store.record as r on e.record = r.content_id
where
    e.task = $task
    and e.study = $study
    and r.envelope ->> '$.body.nonce' = $nonce
order by e.number
limit 1;

-- name: epochs_of_task
select
    e.id, e.task, e.number, e.study, e.pool, e.paid, e.returned, e.record, e.created_at,
    e.final_at, s.outcome as settled, s.created_at as settled_at
from store.epoch as e
left join store.settlement as s on e.id = s.epoch
where e.task = $task
order by e.number;

-- name: insert_epoch
insert into store.epoch (
    id, task, number, study, pool, paid, returned, record, created_at, final_at
) values (
    $id, $task, $number, $study, $pool, $paid, $returned, $record, $now, $final_at
);

-- Units travel as text: the frame has no whole numbers as large.
-- name: insert_payouts
insert into store.payout (epoch, owner, units, amount)
select $epoch, owner, units::hugeint, amount from frame;

-- name: disputes_of_epoch
select
    d.id, d.owner, d.reason, d.created_at, r.record, r.decision, r.owner as decided_by,
    r.reason as decided_because, r.created_at as decided_at
from store.dispute as d
left join store.resolution as r on d.id = r.dispute
where d.epoch = $epoch
order by d.created_at, d.id;

-- name: epoch_of_dispute
select epoch from store.dispute where id = $dispute;

-- name: insert_dispute
insert into store.dispute (id, epoch, owner, reason, created_at)
values ($id, $epoch, $owner, $reason, $now);

-- name: insert_resolution
insert into store.resolution (dispute, record, owner, decision, reason, created_at)
values ($dispute, $record, $owner, $decision, $reason, $now);

-- name: insert_settlement
insert into store.settlement (epoch, outcome, entry, created_at)
values ($epoch, $outcome, $entry, $now);

-- Epochs whose window has ended and whose pool is still held; some may be disputed.
-- name: epochs_to_settle
select e.id
from store.epoch as e
left join store.settlement as s on e.id = s.epoch
where e.final_at <= $now and s.epoch is null
order by e.final_at, e.id;

-- When each task's newest epoch and its champions became what they are.
-- name: newest_changes
select
    task,
    max(moved_at) as changed_at
from (
    select
        e.task,
        greatest(
            e.created_at,
            max(s.created_at),
            max(d.created_at),
            max(r.created_at)
        ) as moved_at
    from store.epoch as e
    left join store.settlement as s on e.id = s.epoch
    left join store.dispute as d on e.id = d.epoch
    left join store.resolution as r on d.id = r.dispute
    where e.number = (select max(n.number) from store.epoch as n where n.task = e.task)
    group by e.task, e.created_at
    union all
    select
        c.task,
        greatest(c.created_at, s.created_at, r.created_at) as moved_at
    from store.champion as c
    left join store.bounty_settlement as s on c.id = s.champion
    left join store.rollback as r on c.id = r.champion
) as moved
group by task
order by task;

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
