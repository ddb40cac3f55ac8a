-- Between the closing of an epoch and its payment lies a window in which it can be disputed.
-- An epoch without a window was final at once.
alter table store.epoch add column final_at timestamp with time zone;

create table store.dispute (
    id varchar primary key,
    epoch varchar not null,
    owner varchar not null,
    reason varchar not null,
    created_at timestamp with time zone not null,
    unique (epoch, owner)
);

create table store.resolution (
    dispute varchar primary key,
    record varchar not null,
    owner varchar not null,
    decision varchar not null check (decision in ('uphold', 'dismiss')),
    reason varchar not null,
    created_at timestamp with time zone not null
);

-- What became of the pool that was held: paid, or returned to the pool.
create table store.settlement (
    epoch varchar primary key,
    outcome varchar not null check (outcome in ('final', 'void')),
    entry varchar not null,
    created_at timestamp with time zone not null
);

-- Of how many trainings a coalition's utility was the mean when a study rested on it: later
-- trainings change nothing. Null in studies of before: as many as there were up to the study's.
alter table store.study_coalition add column n_replicates integer;

create or replace view epoch as
select id, task, number, study, pool, paid, returned, final_at, created_at
from store.epoch;

create view dispute as
select
    d.id, d.epoch, d.owner, d.reason, d.created_at, r.decision, r.owner as decided_by,
    r.reason as decided_because, r.created_at as decided_at
from store.dispute as d
left join store.resolution as r on d.id = r.dispute;

create view settlement as select epoch, outcome, entry, created_at from store.settlement;

create or replace view study_coalition as
select study, coalition, ordinal, is_given, n_replicates
from store.study_coalition;

create or replace view semivalue_by_size as
with measured as (
    select
        s.id as study,
        s.players,
        e.coalition,
        any_value(e.words) as words,
        sum(e.utility order by e.replicate) / count(*) as utility
    from store.study as s
    inner join store.study_coalition as c on s.id = c.study
    inner join store.evaluation as e
        on
            s.game = e.game
            and c.coalition = e.coalition
            and coalesce(c.n_replicates, s.n_replicates) > e.replicate
    group by s.id, s.players, e.coalition
),

members as (
    select
        study,
        coalition,
        utility,
        list_sum([bit_count(word) for word in words])::integer as size,
        unnest(players) as player,
        words
    from measured
),

sided as (
    select
        study,
        coalition,
        utility,
        player,
        (coalesce(words[1 + player // 64], 0) >> (player % 64)) & 1 = 1 as is_member,
        size - (coalesce(words[1 + player // 64], 0) >> (player % 64) & 1)::integer as n_others
    from members
)

select
    study,
    player,
    n_others,
    count(*) filter (where is_member) as n_with,
    sum(utility order by coalition) filter (where is_member)
    / count(*) filter (where is_member) as mean_with,
    count(*) filter (where not is_member) as n_without,
    sum(utility order by coalition) filter (where not is_member)
    / count(*) filter (where not is_member) as mean_without
from sided
group by study, player, n_others;
