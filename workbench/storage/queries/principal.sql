-- Principals, the keys and owner groups they sign with and for, and what they may do.

-- Any key that a principal ever had.
-- name: signing_key
select public_key, principal as name, owner, replaced_by, address, roles
from store.signing_key
where public_key = $public_key;

-- The key that signs now: of one principal or of all.
-- name: principals
select public_key, principal as name, owner, replaced_by, address, roles
from store.signing_key
where replaced_by is null and ($name is null or principal = $name)
order by name;

-- name: principals_of_owner
select name from store.principal where owner = $owner order by name;

-- name: admins
select principal as name
from store.signing_key
where replaced_by is null and contains(roles, 'admin')
order by name;

-- name: insert_principal
insert into store.principal (public_key, name, owner, record, created_at)
values ($public_key, $name, $owner, $record, $created_at);

-- name: is_owner
select count(*) > 0 as found from store.principal where owner = $owner;
-- name: insert_signing_key
insert into store.signing_key (
    public_key, principal, owner, replaced_by, address, roles, record, created_at
) values ($public_key, $name, $owner, null, $address, $roles, $record, $created_at);

-- name: replace_signing_key
update store.signing_key set replaced_by = $replaced_by where public_key = $public_key;

-- name: set_address
update store.signing_key
set address = $address
where principal = $name and replaced_by is null;

-- name: set_roles
update store.signing_key set roles = $roles where principal = $name and replaced_by is null;

-- name: insert_member
insert into store.member (record, owner, principal, created_at)
values ($record, $owner, $principal, $now);

-- name: members
select record from store.member where owner = $owner and principal = $principal;

-- name: signing_keys
select public_key, principal as name, owner, record, replaced_by, address, roles
from store.signing_key
order by public_key;

-- Registrations that differ between the two tables that hold them.
-- name: principals_unlike_keys
with registered as (
    select principal, public_key, owner, record
    from store.signing_key
    where public_key not in (
        select r.replaced_by from store.signing_key as r where r.replaced_by is not null
    )
)

select coalesce(p.name, k.principal) as name
from store.principal as p
full outer join registered as k on p.name = k.principal
where (p.public_key, p.owner, p.record) is distinct from (k.public_key, k.owner, k.record)
order by name;

-- Contributions of this home that rest on one of these records.
-- name: contributions_by_record
select id, record from store.contribution where list_contains($records::varchar[], record);
