-- Proposals, the gates that they went through, and the champions that they became.

-- name: proposal_by_id
select
    id, task, owner, commitment, base, body, state, reason, head, model, again_at, created_at,
    updated_at
from store.proposal
where id = $id;

-- name: proposals_that_begin
select id from store.proposal where starts_with(id, $beginning) order by id;

-- Of one task or of all, the eldest first.
-- name: proposals
select
    id, task, owner, commitment, base, body, state, reason, head, model, again_at, created_at,
    updated_at
from store.proposal
where $task is null or task = $task
order by created_at, id;

-- name: insert_proposal
insert into store.proposal (
    id, task, owner, commitment, base, body, state, reason, model, created_at, updated_at
) values (
    $id, $task, $owner, $commitment, $base, $body, 'revealed', '', $model, $now, $now
);

-- name: set_proposal_head
update store.proposal set head = $head where id = $id and head is null;

-- name: set_proposal_model
update store.proposal set model = $model, updated_at = $now where id = $id;

-- name: move_proposal
update store.proposal
set state = $state, reason = $reason, again_at = $again_at, updated_at = $now
where id = $id;

-- Whoever wanted to follow another model than the champion comes too late.
-- name: make_proposals_stale
update store.proposal
set state = 'stale', reason = 'stale', again_at = null, updated_at = $now
where
    task = $task
    and base != $champion
    and state in ('revealed', 'checked', 'evaluated', 'waiting');

-- name: proposals_to_judge_again
select id from store.proposal where state = 'waiting' and again_at <= $now order by again_at, id;

-- name: proposals_nobody_judges
select id, task
from store.proposal
where
    state = 'revealed'
    and id not in (select request ->> '$.proposal' from store.job where verb = 'judge')
order by created_at, id;

-- name: proposal_of_commitment
select id from store.proposal where commitment = $commitment;

-- By which its server judged a proposal, in the order of the log.
-- name: verdicts_of_proposal
select seq, content_id, author, envelope, created_at
from store.record
where
    kind = 'verdict'
    and author = $origin
    and envelope ->> '$.body.proposal' = $proposal
order by seq;

-- What people signed about a proposal, in the order of the log.
-- name: reviews_of_proposal
select
    r.content_id,
    k.principal,
    k.owner,
    r.envelope ->> '$.body.decision' as decision,
    r.envelope ->> '$.body.text' as text,
    r.created_at
from store.record as r
inner join store.signing_key as k on r.author = k.public_key
where r.kind = 'proposal-review' and r.envelope ->> '$.body.proposal' = $proposal
order by r.seq;

-- Models that a gate could measure, the earliest first.
-- name: measured_models
select p.id, p.owner, p.state, p.model
from store.proposal as p
inner join store.gate as g on p.id = g.proposal
where p.task = $task and g.losses_sha256 is not null
order by p.created_at, p.id;

-- What a hidden test was asked by gates of other proposals.
-- name: gates_of_others
select proposal
from store.gate
where hidden_sha256 = $hidden_sha256 and proposal != $proposal
order by created_at, proposal;

-- name: gate_of_proposal
select proposal, task, hidden_sha256, losses_sha256, details, created_at
from store.gate
where proposal = $proposal;

-- name: insert_gate
insert into store.gate (proposal, task, hidden_sha256, created_at)
values ($proposal, $task, $hidden_sha256, $now)
on conflict (proposal) do nothing;

-- name: keep_gate
update store.gate
set losses_sha256 = $losses_sha256, details = $details
where proposal = $proposal;

-- The best by its loss on the hidden test, as a task's champion is before anybody has proposed.
-- name: best_model_but
select arg_max(model, ((metrics::json ->> 'utility')::double, created_at)) as model
from store.run
where task = $task and kind = 'fine-tune' and ($model is null or model != $model);

-- Whose job made a model, of those that are known.
-- name: makers_of_model
select distinct k.owner
from store.model_version as m
inner join store.run as r on m.run = r.id
inner join store.job as j
    on m.task = j.task and r.id = j.result ->> '$.run' and j.verb = 'train'
inner join store.signing_key as k on j.requested_by = k.principal
where m.task = $task and m.digest = $model;

-- Rows of contributions that are rows of the hidden test, too.
-- name: leaked_rows
select
    w.contribution,
    count(*) as n_rows
from store.contribution_row as w
inner join store.hidden_row as h on w.task = h.task and w.sha256 = h.sha256
where w.task = $task and list_contains($contributions::varchar[], w.contribution)
group by w.contribution
order by w.contribution;

-- name: champions_of_task
select
    c.id, c.task, c.number, c.proposal, c.base, c.model, c.gain, c.bounty, c.created_at,
    c.final_at, s.outcome, r.record as rollback, r.reason as rolled_back_because,
    r.created_at as rolled_back_at
from store.champion as c
left join store.bounty_settlement as s on c.id = s.champion
left join store.rollback as r on c.id = r.champion
where c.task = $task
order by c.number;

-- name: champion_of_proposal
select
    c.id, c.task, c.number, c.proposal, c.base, c.model, c.gain, c.bounty, c.created_at,
    c.final_at, s.outcome, r.record as rollback, r.reason as rolled_back_because,
    r.created_at as rolled_back_at
from store.champion as c
left join store.bounty_settlement as s on c.id = s.champion
left join store.rollback as r on c.id = r.champion
where c.proposal = $proposal;

-- name: insert_champion
insert into store.champion (
    id, task, number, proposal, base, model, gain, bounty, created_at, final_at
) values (
    $id, $task, $number, $proposal, $base, $model, $gain, $bounty, $now, $final_at
);

-- name: insert_bounty
insert into store.bounty (champion, owner, amount) values ($champion, $owner, $amount);

-- name: bounties_of_champion
select owner, amount from store.bounty where champion = $champion order by owner;

-- name: insert_rollback
insert into store.rollback (champion, record, reason, created_at)
values ($champion, $record, $reason, $now);

-- name: bounties_to_settle
select c.id
from store.champion as c
where
    c.final_at <= $now
    and c.bounty > 0
    and c.id not in (select champion from store.bounty_settlement)
order by c.final_at, c.id;

-- name: insert_bounty_settlement
insert into store.bounty_settlement (champion, outcome, entry, created_at)
values ($champion, $outcome, $entry, $now);

-- Tasks whose alias in MLflow is not known to stand at their champion.
-- name: aliases_to_move
select
    s.task,
    s.model
from (
    select
        c.task,
        coalesce(
            arg_max(c.model, c.number) filter (where r.champion is null),
            arg_min(c.base, c.number)
        ) as model
    from store.champion as c
    left join store.rollback as r on c.id = r.champion
    group by c.task
) as s
left join store.champion_alias as a on s.task = a.task
where s.model is distinct from a.model
order by s.task;

-- name: put_champion_alias
insert into store.champion_alias (task, model, updated_at)
values ($task, $model, $now)
on conflict (task) do update set model = excluded.model, updated_at = excluded.updated_at;
