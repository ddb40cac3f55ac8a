-- The record by which its owner committed to the file before anybody saw it: the contribution's
-- rows are claimed from there on, otherwise from the record that submitted it.
alter table store.contribution add column commitment varchar;

-- The rows that count, where some of them are somebody else's: their blob, '' until it is made.
alter table store.contribution add column counted_sha256 varchar;

-- Rows of accepted contributions that weigh nothing: an earlier claim has them.
create table store.displaced_row (
    contribution varchar not null,
    position bigint not null,
    owner varchar not null
);

-- What each run has read: one line a contribution, as it counted then.
create view dataset as
select
    used.run,
    used.task,
    line.name as owner,
    line.sha256 as rows_sha256
from (
    select
        id as run,
        task,
        unnest(
            from_json(details::json -> 'datasets', '[{"name": "varchar", "sha256": "varchar"}]')
        ) as line
    from store.run
) as used;

-- What of it its owner withdrew later.
create view dataset_withdrawn as
with gone as (
    select id, task, owner, updated_at, rows_sha256 from store.contribution
    where state = 'withdrawn'
    union
    select c.id, c.task, c.owner, c.updated_at, r.envelope ->> '$.body.rows_sha256' as rows_sha256
    from store.record as r
    inner join store.contribution as c on (r.envelope ->> '$.body.contribution') = c.id
    where r.kind = 'counted' and c.state = 'withdrawn'
)

select distinct
    d.run,
    d.task,
    g.id as contribution,
    d.owner,
    d.rows_sha256,
    g.updated_at as withdrawn_at
from dataset as d
inner join gone as g
    on d.task = g.task and d.owner = g.owner and d.rows_sha256 = g.rows_sha256;

create view model_version as
select
    m.digest,
    m.task,
    m.base,
    m.run,
    exists(select 1 from dataset_withdrawn as w where w.run = m.run) as has_withdrawn_data,
    m.created_at
from store.model_version as m;
