-- Amounts set aside.

-- name: insert_hold
insert into store.hold (
    id, payer, payee, amount, settled, state, closed_by, expires_at, created_at, closed_at
) values (
    $id, $payer, $payee, $amount, 0, 'held', null, $expires_at, $now, null
);

-- name: hold_by_id
select id, payer, payee, amount, settled, state, closed_by, expires_at, created_at, closed_at
from store.hold
where id = $id;

-- Of one owner group, or of all.
-- name: holds
select id, payer, payee, amount, settled, state, closed_by, expires_at, created_at, closed_at
from store.hold
where $owner is null or $owner in (payer, payee)
order by created_at, id;

-- name: holds_over
select id, payer, payee, amount, settled, state, closed_by, expires_at, created_at, closed_at
from store.hold
where state = 'held' and expires_at <= $now
order by expires_at, id;

-- name: close_hold
update store.hold
set state = $state, settled = $settled, closed_by = $closed_by, closed_at = $now
where id = $id and state = 'held';

-- name: next_expiry
select min(expires_at) as expires_at from store.hold where state = 'held';
