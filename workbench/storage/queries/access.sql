-- Tokens that let principals in; only their digests are known.

-- name: caller_by_token
select t.principal as name, k.public_key, k.roles, k.owner
from store.access_token as t
left join store.signing_key as k on t.principal = k.principal and k.replaced_by is null
where t.sha256 = $sha256 and t.revoked_at is null;

-- name: access_tokens
select sha256, principal, granted_at, revoked_at
from store.access_token
where $principal is null or principal = $principal
order by granted_at, sha256;

-- name: insert_access_token
insert into store.access_token (sha256, principal, granted_at)
values ($sha256, $principal, $now);

-- name: revoke_access_tokens
update store.access_token
set revoked_at = $now
where ($principal is null or principal = $principal) and revoked_at is null;
