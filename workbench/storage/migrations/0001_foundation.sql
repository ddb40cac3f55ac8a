-- What the server owns lives in schema store; what everybody may read are the views of main.
create schema store;

create table store.migration (
    version integer primary key,
    name varchar not null,
    sha256 varchar not null,
    applied_at timestamptz not null
);

-- Same key and same request: the first answer again. Same key, other request: a conflict.
create table store.idempotency (
    key varchar primary key,
    request_sha256 varchar not null,
    response varchar not null,
    created_at timestamptz not null
);

-- Signed records, chained: head = sha256(JCS({"content_id", "previous", "seq"})).
create table store.record (
    seq bigint primary key check (seq >= 0),
    content_id varchar not null unique,
    kind varchar not null,
    author varchar not null,
    envelope varchar not null,
    previous varchar not null,
    head varchar not null,
    created_at timestamptz not null
);

-- A public key that signs, and the owner group it signs for.
create table store.principal (
    public_key varchar primary key,
    name varchar not null unique,
    owner varchar not null,
    record varchar not null,
    created_at timestamptz not null
);

create table store.task (
    id varchar primary key,
    title varchar not null,
    kind varchar not null,
    spec varchar not null,
    -- Canonical rows of the hidden test, as the reader understood the sponsor's file.
    hidden_rows_sha256 varchar not null,
    sponsor varchar not null,
    record varchar not null,
    created_at timestamptz not null
);

-- Digests of normalised hidden test rows; never in a view.
create table store.hidden_row (
    task varchar not null,
    sha256 varchar not null,
    primary key (task, sha256)
);

create table store.contribution (
    id varchar primary key,
    task varchar not null,
    owner varchar not null,
    principal varchar not null,
    state varchar not null check (
        state in (
            'draft', 'submitted', 'checked', 'quarantined', 'accepted', 'refused', 'withdrawn'
        )
    ),
    file_name varchar not null,
    file_sha256 varchar not null,
    rows_sha256 varchar not null,
    license varchar not null,
    n_rows_submitted bigint not null check (n_rows_submitted >= 0),
    n_rows bigint not null check (n_rows between 0 and n_rows_submitted),
    findings varchar not null,
    record varchar,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Digests of accepted rows: a row belongs to its earliest contribution.
create table store.contribution_row (
    contribution varchar not null,
    position bigint not null,
    task varchar not null,
    sha256 varchar not null,
    primary key (contribution, position)
);

create table store.job (
    id varchar primary key,
    verb varchar not null,
    task varchar,
    request varchar not null,
    state varchar not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    result varchar,
    problem varchar,
    attempts integer not null default 0,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz
);

create table store.job_event (
    job varchar not null,
    seq bigint not null,
    event varchar not null,
    created_at timestamptz not null,
    primary key (job, seq)
);

create table store.model_version (
    digest varchar primary key,
    task varchar not null,
    base varchar not null,
    run varchar not null,
    artifacts varchar not null,
    created_at timestamptz not null
);

create table store.run (
    id varchar primary key,
    task varchar not null,
    kind varchar not null check (kind in ('fine-tune', 'comparison', 'valuation')),
    spec varchar not null,
    model varchar,
    metrics varchar not null,
    details varchar not null,
    tracking_state varchar not null check (tracking_state in ('pending', 'logged')),
    tracking_run varchar,
    created_at timestamptz not null
);

-- One utility function: a recipe with its parameters, test set and frozen vocabulary.
create table store.game (
    id varchar primary key,
    task varchar not null,
    spec varchar not null,
    created_at timestamptz not null
);

-- Players are numbered per game and never renumbered: bit i of a coalition is player i.
create table store.player (
    game varchar not null,
    position integer not null check (position between 0 and 63),
    owner varchar not null,
    rows_sha256 varchar not null,
    n_rows bigint not null check (n_rows >= 0),
    primary key (game, position),
    unique (game, owner, rows_sha256)
);

create table store.evaluation (
    game varchar not null,
    coalition ubigint not null,
    replicate integer not null check (replicate >= 0),
    utility double not null check (isfinite(utility)),
    block_utilities double[] not null,
    seed varchar not null,
    job varchar not null,
    seconds double not null check (seconds >= 0),
    created_at timestamptz not null,
    primary key (game, coalition, replicate)
);

create table store.study (
    id varchar primary key,
    game varchar not null,
    task varchar not null,
    method varchar not null check (method in ('exact', 'permutation')),
    budget bigint not null check (budget >= 2),
    seed varchar not null,
    state varchar not null check (state in ('running', 'sealed', 'failed')),
    players integer[] not null,
    record varchar,
    created_at timestamptz not null,
    sealed_at timestamptz
);

-- Seeded orders in which players join; ordinal 0, 1, … within a study.
create table store.permutation (
    study varchar not null,
    ordinal integer not null,
    players integer[] not null,
    primary key (study, ordinal)
);

-- Written once when a study is sealed: what money follows. Units of 1e-12 of the metric.
create table store.sealed_value (
    study varchar not null,
    player integer not null,
    owner varchar not null,
    n_rows bigint not null,
    value double not null,
    standard_error double not null,
    rank integer not null check (rank >= 1),
    units hugeint not null,
    primary key (study, player)
);

create table store.entry (
    seq bigint primary key check (seq >= 0),
    id varchar not null unique,
    kind varchar not null,
    reason varchar not null,
    created_at timestamptz not null
);

create table store.posting (
    entry varchar not null,
    ordinal integer not null check (ordinal >= 0),
    source varchar not null,
    destination varchar not null,
    amount bigint not null check (amount > 0),
    primary key (entry, ordinal),
    check (source <> destination)
);

create table store.epoch (
    id varchar primary key,
    task varchar not null,
    number integer not null check (number >= 1),
    study varchar not null,
    pool bigint not null check (pool > 0),
    paid bigint not null check (paid >= 0),
    returned bigint not null check (returned >= 0),
    record varchar not null,
    created_at timestamptz not null,
    unique (task, number),
    check (paid + returned = pool)
);

create table store.payout (
    epoch varchar not null,
    owner varchar not null,
    units hugeint not null,
    amount bigint not null check (amount >= 0),
    primary key (epoch, owner)
);

create view record as
select seq, content_id, kind, author, previous, head, created_at from store.record;

create view principal as
select public_key, name, owner, created_at from store.principal;

create view task as
select id, title, kind, sponsor, created_at from store.task;

create view contribution as
select
    id, task, owner, state, file_name, file_sha256, license, n_rows_submitted, n_rows,
    created_at, updated_at
from store.contribution;

create view job as
select id, verb, task, state, attempts, created_at, started_at, finished_at from store.job;

create view run as
select id, task, kind, model, metrics, tracking_state, tracking_run, created_at from store.run;

create view study as
select id, game, task, method, budget, seed, state, created_at, sealed_at from store.study;

create view player as
select game, position, owner, n_rows from store.player;

create view evaluation as
select game, coalition, replicate, utility, block_utilities, seed, job, seconds, created_at
from store.evaluation;

create view value as
select study, player, owner, n_rows, value, standard_error, rank, units from store.sealed_value;

create view entry as
select seq, id, kind, reason, created_at from store.entry;

create view posting as
select entry, ordinal, source, destination, amount from store.posting;

create view balance as
select account, sum(amount)::bigint as amount
from (
    select destination as account, amount from store.posting
    union all
    select source as account, -amount as amount from store.posting
) as movement
group by account;

create view epoch as
select id, task, number, study, pool, paid, returned, created_at from store.epoch;

create view payout as
select epoch, owner, units, amount from store.payout;

create view leaderboard as
select
    e.task, e.number as epoch, v.owner, v.n_rows, v.value, v.standard_error, v.rank,
    p.amount, p.amount::double / e.pool as share
from store.epoch as e
inner join store.sealed_value as v on e.study = v.study
inner join store.payout as p on e.id = p.epoch and v.owner = p.owner;
