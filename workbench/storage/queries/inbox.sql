-- What one person has to know: a few statements, whatever the home holds, and bounded answers.

-- Drafts of an owner group, but not those of which a masked copy was made since.
-- name: inbox_drafts
select c.id, c.task, c.file_name, c.n_rows, c.updated_at, c.findings ->> '$.findings' as findings
from store.contribution as c
where
    c.owner = $owner
    and c.state = 'draft'
    and not exists (
        select 1
        from store.contribution as m
        where
            m.owner = c.owner
            and m.task = c.task
            and m.file_name = split_part(c.file_name, '.', 1) || '.masked.jsonl'
            and m.id != c.id
            and m.created_at >= c.created_at
    )
order by c.updated_at desc, c.id asc
limit 50;

-- name: inbox_contributions
select
    c.id, c.task, c.state, c.file_name, c.n_rows, c.rows_sha256, c.counted_sha256,
    c.created_at, c.updated_at, r.created_at as submitted_at, count(*) over () as n_all
from store.contribution as c
left join store.record as r on c.record = r.content_id
where c.owner = $owner
order by c.updated_at desc, c.id asc
limit 50;

-- The first model of each task that has read certain rows, and which of the task's it is. What a
-- run has read is searched as text: in a run that has read thousands of files, taking the JSON
-- apart takes three times as long. $digests is an alternative of SHA-256, which occur nowhere else.
-- name: inbox_models
with model as (
    select
        task,
        run,
        digest,
        created_at,
        row_number() over (partition by task order by created_at, digest) as number
    from store.model_version
),

found as (
    select
        m.task,
        m.digest,
        m.number,
        m.created_at,
        unnest(list_distinct(regexp_extract_all(r.details, $digests))) as rows_sha256
    from store.run as r
    inner join model as m on r.id = m.run and r.task = m.task
    where list_contains($tasks::varchar[], r.task)
)

select
    task,
    rows_sha256,
    min(number) as number,
    arg_min(digest, number) as digest,
    min(created_at) as created_at
from found
group by task, rows_sha256;

-- Epochs that pay an owner group, or of tasks that it sponsors; disputed ones for who decides.
-- name: inbox_epochs
with disputed as (
    select
        d.epoch,
        count(*) filter (where r.dispute is null) as n_open,
        bool_or(d.owner = $owner) as is_mine
    from store.dispute as d
    left join store.resolution as r on d.id = r.dispute
    group by d.epoch
)

select
    e.id, e.task, e.number, e.pool, e.created_at, e.final_at, t.sponsor, p.amount,
    s.outcome as settled, s.created_at as settled_at,
    coalesce(d.n_open, 0) as n_open, coalesce(d.is_mine, false) as is_mine
from store.epoch as e
inner join store.task as t on e.task = t.id
left join (select epoch, amount from store.payout where owner = $owner) as p on e.id = p.epoch
left join store.settlement as s on e.id = s.epoch
left join disputed as d on e.id = d.epoch
where p.epoch is not null or t.sponsor = $owner or ($decides and d.n_open > 0)
order by e.created_at desc, e.id asc;

-- What merges pay an owner group, the newest first.
-- name: inbox_bounties
select
    c.proposal, c.task, b.amount, c.bounty, c.created_at, c.final_at,
    s.outcome, s.created_at as settled_at, r.record as rollback, r.reason as because
from store.bounty as b
inner join store.champion as c on b.champion = c.id
left join store.bounty_settlement as s on c.id = s.champion
left join store.rollback as r on c.id = r.champion
where b.owner = $owner and b.amount > 0
order by c.created_at desc, c.id asc;

-- The newest sealed study of each task that values an owner group and that nothing was paid by.
-- name: inbox_studies
select
    s.task,
    arg_max(s.id, s.sealed_at) as study
from store.study as s
inner join store.sealed_value as v on s.id = v.study
where
    v.owner = $owner
    and s.state = 'sealed'
    and not exists (
        select 1 from store.epoch as e where e.task = s.task and e.created_at > s.sealed_at
    )
group by s.task
order by s.task
limit 10;

-- Whatever waits or runs, and what failed lately of what a person asked for.
-- name: inbox_jobs
select
    id, verb, task, state, requested_by, created_at, finished_at,
    problem ->> '$.detail' as detail, problem ->> '$.next_step' as next_step
from store.job
where
    state in ('queued', 'running')
    or (
        state = 'failed'
        and finished_at > $failed_since
        and requested_by is not distinct from $person
    )
order by created_at desc, id asc
limit 100;

-- name: inbox_waiting
select id, task, owner, file_name, n_rows, updated_at
from store.contribution
where state = 'quarantined' and owner != $owner
order by updated_at, id
limit 50;

-- name: inbox_movements
select id, destination, amount, proposed_by, created_at
from store.treasury_move
where state = 'proposed' and proposed_by != $person
order by created_at, id
limit 50;

-- name: inbox_holds
select id, payer, amount, expires_at, created_at
from store.hold
where payee = $owner and state = 'held' and expires_at > $now
order by expires_at, id
limit 50;

-- Proposals that passed their gates, each with every word that decides on it, in order.
-- name: inbox_proposals
select
    p.id,
    p.task,
    p.owner,
    p.updated_at,
    t.sponsor,
    t.spec,
    list(k.owner order by r.seq) filter (where r.seq is not null) as reviewers,
    list(r.envelope ->> '$.body.decision' order by r.seq)
    filter (where r.seq is not null) as decisions
from store.proposal as p
inner join store.task as t on p.task = t.id
left join store.record as r
    on
        r.kind = 'proposal-review'
        and r.envelope ->> '$.body.proposal' = p.id
        and r.envelope ->> '$.body.decision' != 'comment'
left join store.signing_key as k on r.author = k.public_key
where p.state = 'evaluated'
group by p.id, p.task, p.owner, p.updated_at, t.sponsor, t.spec
order by p.updated_at, p.id
limit 50;

-- name: inbox_tasks
select
    t.id, t.title, t.kind, t.created_at, coalesce(b.amount, 0)::bigint as pool
from store.task as t
left join balance as b on 'pool:' || t.id = b.account
order by pool desc, t.id asc
limit 50;
