-- Keys and the owner groups they sign for.

-- name: principal_by_key
select public_key, name, owner, record, created_at
from store.principal
where public_key = $public_key;

-- name: principal_by_name
select public_key, name, owner, record, created_at
from store.principal
where name = $name;

-- name: principals
select public_key, name, owner, record, created_at
from store.principal
order by name;

-- name: insert_principal
insert into store.principal (public_key, name, owner, record, created_at)
values ($public_key, $name, $owner, $record, $created_at);

-- name: is_owner
select count(*) > 0 as found from store.principal where owner = $owner;
