-- Games, their players, evaluations, and the studies that value the players.

-- name: game_by_id
select id, task, spec, created_at from store.game where id = $id;

-- name: insert_game
insert into store.game (id, task, spec, created_at)
values ($id, $task, $spec, $now)
on conflict (id) do nothing;

-- name: players_of_game
select position, owner, rows_sha256, n_rows
from store.player
where game = $game
order by position;

-- name: insert_player
insert into store.player (game, position, owner, rows_sha256, n_rows)
values ($game, $position, $owner, $rows_sha256, $n_rows);

-- name: evaluated_coalitions
select coalition from store.evaluation where game = $game and replicate = 0;

-- name: insert_evaluation
insert into store.evaluation (
    game, coalition, replicate, utility, block_utilities, seed, job, seconds, created_at
) values (
    $game, $coalition, $replicate, $utility, $block_utilities, $seed, $job, $seconds, $now
)
on conflict (game, coalition, replicate) do nothing;

-- name: study_by_id
select
    s.id, s.game, s.task, s.method, s.budget, s.seed, s.state, s.players, s.record,
    s.created_at, s.sealed_at, g.spec as game_spec
from store.study as s
inner join store.game as g on s.game = g.id
where s.id = $id;

-- name: studies_of_task
select id from store.study where task = $task order by created_at, id;

-- name: insert_study
insert into store.study (
    id, game, task, method, budget, seed, state, players, created_at
) values (
    $id, $game, $task, $method, $budget, $seed, 'running', $players, $now
)
on conflict (id) do nothing;

-- name: count_evaluations
select count(*) as n_evaluations
from store.evaluation
where game = $game and replicate = 0 and (coalition & ~$players::ubigint) = 0;

-- name: insert_permutation
insert into store.permutation (study, ordinal, players)
values ($study, $ordinal, $players)
on conflict (study, ordinal) do nothing;

-- name: seal_study
update store.study
set state = 'sealed', record = $record, sealed_at = $now
where id = $id and state <> 'sealed';

-- name: insert_sealed_value
insert into store.sealed_value (
    study, player, owner, n_rows, value, standard_error, rank, units
) values (
    $study, $player, $owner, $n_rows, $value, $standard_error, $rank, $units
);

-- name: sealed_values
select player, owner, n_rows, value, standard_error, rank, units
from store.sealed_value
where study = $study
order by rank, owner;
