-- Tasks and their hidden test rows.

-- name: tasks
select
    t.id, t.title, t.kind, t.spec, t.hidden_rows_sha256, t.sponsor, t.record, t.created_at,
    coalesce(c.n_contributions, 0)::bigint as n_contributions,
    coalesce(c.n_rows, 0)::bigint as n_rows,
    coalesce(b.amount, 0)::bigint as pool,
    coalesce(y.amount, 0)::bigint as bounties,
    coalesce(m.model, f.base, r.model) as champion
from store.task as t
left join (
    select
        task,
        count(*) as n_contributions,
        sum(n_rows) as n_rows
    from store.contribution
    where state = 'accepted'
    group by task
) as c on t.id = c.task
left join balance as b on 'pool:' || t.id = b.account
left join balance as y on 'bounty:' || t.id = y.account
left join (
    select
        task,
        arg_max(model, ((metrics::json ->> 'utility')::double, created_at)) as model
    from store.run
    where kind = 'fine-tune'
    group by task
) as r on t.id = r.task
-- From the first proposal on the champion is what it was to follow, until somebody merges.
left join (
    select
        task,
        arg_min(base, (created_at, id)) as base
    from store.proposal
    group by task
) as f on t.id = f.task
left join (
    select
        task,
        arg_max(model, number) as model
    from store.champion
    where id not in (select champion from store.rollback)
    group by task
) as m on t.id = m.task
where $id is null or t.id = $id
order by t.created_at, t.id;

-- name: task_ids
select id from store.task order by id;

-- name: insert_task
insert into store.task (
    id, title, kind, spec, hidden_rows_sha256, sponsor, record, created_at
) values (
    $id, $title, $kind, $spec, $hidden_rows_sha256, $sponsor, $record, $created_at
);

-- name: insert_hidden_rows
insert into store.hidden_row (task, sha256)
select distinct
    task,
    sha256
from frame;

-- name: insert_gate_test
insert into store.gate_test (task, rows_sha256) values ($task, $rows_sha256);

-- name: hidden_tests
select
    t.hidden_rows_sha256,
    g.rows_sha256 as gate_rows_sha256
from store.task as t
left join store.gate_test as g on t.id = g.task
where t.id = $task;

-- name: hidden_rows
select sha256 from store.hidden_row where task = $task order by sha256;
