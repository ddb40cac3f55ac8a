-- Movements out of the treasury that need two people.

-- name: insert_treasury_move
insert into store.treasury_move (
    id, kind, destination, amount, state, proposed_by, approved_by, approval, created_at
) values (
    $id, $kind, $destination, $amount, 'proposed', $proposed_by, null, null, $now
);

-- name: treasury_moves
select
    id, kind, destination, amount, state, proposed_by, approved_by, approval, created_at
from store.treasury_move
where $id is null or id = $id
order by created_at, id;

-- name: execute_treasury_move
update store.treasury_move
set state = 'executed', approved_by = $approved_by, approval = $approval
where id = $id and state = 'proposed';
