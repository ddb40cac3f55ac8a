-- Models offered in a champion's place: what was revealed and how far each has come.
create table store.proposal (
    id varchar primary key,
    task varchar not null,
    owner varchar not null,
    commitment varchar not null unique,
    base varchar not null,
    body varchar not null,
    state varchar not null check (
        state in (
            'revealed', 'checked', 'evaluated', 'merged', 'rejected', 'waiting', 'stale'
        )
    ),
    reason varchar not null,
    -- The signed head from which seeds and sample are drawn; set once, after the reveal.
    head varchar,
    model varchar,
    again_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- A use of a hidden test: written before it is measured, so that a kill costs nobody a use.
create table store.gate (
    proposal varchar primary key,
    task varchar not null,
    hidden_sha256 varchar not null,
    losses_sha256 varchar,
    details varchar,
    created_at timestamptz not null
);

-- Each champion of a task since the first: who merged, and what that earned.
create table store.champion (
    id varchar primary key,
    task varchar not null,
    number integer not null check (number >= 1),
    proposal varchar not null unique,
    base varchar not null,
    model varchar not null,
    gain bigint not null check (gain >= 0),
    bounty bigint not null check (bounty >= 0),
    created_at timestamptz not null,
    final_at timestamptz,
    unique (task, number)
);

create table store.bounty (
    champion varchar not null,
    owner varchar not null,
    amount bigint not null check (amount >= 0),
    primary key (champion, owner)
);

create table store.rollback (
    champion varchar primary key,
    record varchar not null,
    reason varchar not null,
    created_at timestamptz not null
);

-- What became of a bounty that was held: paid, or returned.
create table store.bounty_settlement (
    champion varchar primary key,
    outcome varchar not null check (outcome in ('final', 'void')),
    entry varchar not null,
    created_at timestamptz not null
);

-- To which model MLflow's alias was moved last, as far as MLflow answered.
create table store.champion_alias (
    task varchar primary key,
    model varchar not null,
    updated_at timestamptz not null
);

create view proposal as
select id, task, owner, commitment, base, state, reason, model, again_at, created_at, updated_at
from store.proposal;

create view champion as
select
    m.id, m.task, m.number, m.proposal, m.base, m.model, m.gain, m.bounty, m.created_at,
    m.final_at, s.outcome, r.reason as rolled_back_because, r.created_at as rolled_back_at
from store.champion as m
left join store.bounty_settlement as s on m.id = s.champion
left join store.rollback as r on m.id = r.champion;

create view bounty as select champion, owner, amount from store.bounty;
