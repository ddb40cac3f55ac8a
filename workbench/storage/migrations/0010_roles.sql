-- Every key that a principal signs with, or did, and what its principal may do. One row answers
-- who signed a record.
create table store.signing_key (
    public_key varchar primary key,
    principal varchar not null,
    owner varchar not null,
    -- The key after it, with which nothing is signed by this one any more.
    replaced_by varchar,
    -- Of the principal: where it is paid on a chain, and its roles with commas between. A home
    -- in which nobody ever had a role is a home of one person.
    address varchar check (regexp_full_match(address, '0x[0-9a-f]{40}')),
    roles varchar not null,
    record varchar not null,
    created_at timestamptz not null
);

insert into store.signing_key (public_key, principal, owner, roles, record, created_at)
select public_key, name, owner, '' as roles, record, created_at from store.principal;

-- Who may join an owner group that somebody signs for already.
create table store.member (
    record varchar primary key,
    owner varchar not null,
    principal varchar not null,
    created_at timestamptz not null
);

-- What lets a principal in; the token itself is nowhere.
create table store.access_token (
    sha256 varchar primary key check (regexp_full_match(sha256, '[0-9a-f]{64}')),
    principal varchar not null,
    granted_at timestamptz not null,
    revoked_at timestamptz
);

create or replace view principal as
select k.public_key, k.principal as name, k.owner, p.created_at, k.address, k.roles
from store.signing_key as k
inner join store.principal as p on k.principal = p.name
where k.replaced_by is null;
