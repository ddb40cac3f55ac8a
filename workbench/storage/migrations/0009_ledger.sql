-- Movements out of the treasury that need two people: above the limit of the home.
create table store.treasury_move (
    id varchar primary key,
    kind varchar not null,
    destination varchar not null,
    amount bigint not null check (amount > 0),
    state varchar not null check (state in ('proposed', 'executed')),
    proposed_by varchar not null,
    approved_by varchar,
    approval varchar,
    created_at timestamptz not null,
    check ((state = 'executed') = (approval is not null and approved_by is not null)),
    check (approved_by <> proposed_by)
);

-- Amounts set aside for somebody until they are settled, void or expired.
create table store.hold (
    id varchar primary key,
    payer varchar not null,
    payee varchar not null,
    amount bigint not null check (amount > 0),
    settled bigint not null check (settled between 0 and amount),
    state varchar not null check (state in ('held', 'settled', 'void', 'expired')),
    closed_by varchar,
    expires_at timestamptz not null,
    created_at timestamptz not null,
    closed_at timestamptz,
    check ((state = 'held') = (closed_at is null)),
    check ((state = 'settled') = (settled > 0))
);

create view treasury_move as
select id, kind, destination, amount, state, proposed_by, approved_by, created_at
from store.treasury_move;

create view hold as
select id, payer, payee, amount, settled, state, expires_at, created_at, closed_at
from store.hold;
