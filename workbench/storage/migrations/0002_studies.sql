-- Studies of any estimator over games of up to 1,024 players: coalitions as 64-bit words, what a
-- study rests on, intervals beside values, and games of a person's own that no task pays.
create temporary table old_game as
select id, task, spec, created_at
from store.game;

create temporary table old_player as
select game, position, owner, rows_sha256, n_rows
from store.player;

create temporary table old_evaluation as
select game, coalition, replicate, utility, block_utilities, seed, job, seconds, created_at
from store.evaluation;

create temporary table old_study as
select id, game, task, method, budget, seed, state, players, record, created_at, sealed_at
from store.study;

create temporary table old_sealed_value as
select study, player, owner, n_rows, value, standard_error, rank, units
from store.sealed_value;

create temporary table old_permutation as
select study, ordinal, players
from store.permutation;


drop view leaderboard;
drop view value;
drop view study;
drop view evaluation;
drop view player;
drop table store.permutation;
drop table store.sealed_value;
drop table store.study;
drop table store.evaluation;
drop table store.player;
drop table store.game;

-- One utility function: a recipe with its parameters, test set and frozen vocabulary. Without a
-- task it is a person's own, and nothing is paid by it.
create table store.game (
    id varchar primary key,
    task varchar,
    spec varchar not null,
    created_at timestamptz not null
);

insert into store.game (id, task, spec, created_at)
select id, task, spec, created_at from old_game;

-- Players are numbered per game and never renumbered: bit i of a coalition is player i.
create table store.player (
    game varchar not null,
    position integer not null check (position between 0 and 1023),
    owner varchar not null,
    rows_sha256 varchar not null,
    n_rows bigint not null check (n_rows >= 0),
    primary key (game, position),
    unique (game, owner, rows_sha256)
);

insert into store.player (game, position, owner, rows_sha256, n_rows)
select game, position, owner, rows_sha256, n_rows from old_player;

-- A coalition is named by its bits in lower-case hexadecimal without leading zeros. The same bits
-- stand in words[1 + i // 64], lowest first, without trailing zero words but the first.
create table store.evaluation (
    game varchar not null,
    coalition varchar not null,
    words ubigint[] not null check (len(words) between 1 and 16),
    replicate integer not null check (replicate >= 0),
    utility double not null check (isfinite(utility)),
    block_utilities double[] not null,
    seed varchar not null,
    job varchar not null,
    seconds double not null check (seconds >= 0),
    created_at timestamptz not null,
    primary key (game, coalition, replicate)
);

insert into store.evaluation (
    game, coalition, words, replicate, utility, block_utilities, seed, job, seconds, created_at
)
select
    game, lower(to_hex(coalition)) as coalition, [coalition] as words, replicate, utility,
    block_utilities, seed, job, seconds, created_at
from old_evaluation;

create table store.study (
    id varchar primary key,
    game varchar not null,
    task varchar not null,
    method varchar not null,
    budget bigint not null check (budget >= 2),
    seed varchar not null,
    state varchar not null check (state in ('running', 'sealed', 'failed')),
    players integer[] not null,
    n_replicates integer not null check (n_replicates >= 1),
    -- Semivalue, confidence, rules of stopping: JSON.
    options varchar not null,
    -- Known when sealed: which estimator answered, and why.
    answered_by varchar not null,
    why varchar not null,
    converged boolean not null,
    record varchar,
    created_at timestamptz not null,
    sealed_at timestamptz
);

insert into store.study (
    id, game, task, method, budget, seed, state, players, n_replicates, options, answered_by,
    why, converged, record, created_at, sealed_at
)
select
    id, game, task, method, budget, seed, state, players, 1 as n_replicates, '{}' as options,
    method as answered_by, '' as why, method = 'exact' as converged, record, created_at, sealed_at
from old_study;

-- What the values of a study rest on, in the order in which it was asked. Given coalitions come
-- from earlier studies of other players of the same game and cost this one nothing.
create table store.study_coalition (
    study varchar not null,
    coalition varchar not null,
    ordinal integer not null check (ordinal >= 0),
    is_given boolean not null,
    primary key (study, coalition)
);

-- Seeded orders in which players join; ordinal 0, 1, … within a study. Beside the players, the
-- coalitions met: the empty one first.
create table store.permutation (
    study varchar not null,
    ordinal integer not null,
    players integer[] not null,
    coalitions varchar[] not null,
    primary key (study, ordinal)
);

insert into store.permutation (study, ordinal, players, coalitions)
with joins as (
    select
        study,
        ordinal,
        players,
        unnest(players) as player,
        generate_subscripts(players, 1) as step
    from old_permutation
),

prefixes as (
    select
        study,
        ordinal,
        players,
        step,
        bit_or(1::ubigint << player) over (partition by study, ordinal order by step) as mask
    from joins
)

select
    study,
    ordinal,
    any_value(players) as players,
    ['0'] || list(lower(to_hex(mask)) order by step) as coalitions
from prefixes
group by study, ordinal;

-- Written once when a study is sealed: what money follows. Units of 1e-12 of the metric.
create table store.sealed_value (
    study varchar not null,
    player integer not null,
    owner varchar not null,
    n_rows bigint not null,
    value double not null,
    standard_error double not null,
    low double not null,
    high double not null,
    rank integer not null check (rank >= 1),
    probability_of_rank double not null check (probability_of_rank between 0 and 1),
    units hugeint not null,
    primary key (study, player)
);

insert into store.sealed_value (
    study, player, owner, n_rows, value, standard_error, low, high, rank, probability_of_rank,
    units
)
select
    study, player, owner, n_rows, value, standard_error,
    value - 1.959963984540054 * standard_error as low,
    value + 1.959963984540054 * standard_error as high,
    rank, 1 as probability_of_rank, units
from old_sealed_value;

-- How values moved while a study went on: one row a player at every look.
create table store.look (
    study varchar not null,
    n_evaluations bigint not null,
    player integer not null,
    value double not null,
    low double not null,
    high double not null,
    primary key (study, n_evaluations, player)
);

drop table old_game;
drop table old_player;
drop table old_evaluation;
drop table old_study;
drop table old_sealed_value;
drop table old_permutation;

create view player as
select game, position, owner, n_rows from store.player;

create view evaluation as
select
    game, coalition, words, replicate, utility, block_utilities, seed, job, seconds, created_at
from store.evaluation;

create view study as
select
    id, game, task, method, budget, seed, state, players, n_replicates, options, answered_by,
    why, converged, created_at, sealed_at
from store.study;

create view study_coalition as
select study, coalition, ordinal, is_given from store.study_coalition;

create view permutation as
select study, ordinal, players, coalitions from store.permutation;

create view value as
select
    study, player, owner, n_rows, value, standard_error, low, high, rank, probability_of_rank,
    units
from store.sealed_value;

create view look as
select study, n_evaluations, player, value, low, high from store.look;

-- Mean utility with and without each player, by the number of others there. Every semivalue is
-- sum(q(n_others) * (mean_with - mean_without)) with q >= 0 and sum(q) = 1, exactly where all
-- coalitions are there: Shapley has q = 1 / n, Banzhaf q = C(n - 1, n_others) / 2 ** (n - 1).
create view semivalue_by_size as
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
        on s.game = e.game and c.coalition = e.coalition and s.n_replicates > e.replicate
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

create view leaderboard as
select
    e.task, e.number as epoch, v.owner, v.n_rows, v.value, v.standard_error, v.rank,
    p.amount, p.amount::double / e.pool as share
from store.epoch as e
inner join store.sealed_value as v on e.study = v.study
inner join store.payout as p on e.id = p.epoch and v.owner = p.owner;
