-- Games, their players, evaluations, and the studies that value the players.

-- name: insert_game
insert into store.game (id, task, spec, created_at)
values ($id, $task, $spec, $now)
on conflict (id) do nothing;

-- name: own_game
select id from store.game where id = $id and task is null;

-- name: players_of_game
select position, owner, rows_sha256, n_rows
from store.player
where game = $game
order by position;

-- name: insert_player
insert into store.player (game, position, owner, rows_sha256, n_rows)
values ($game, $position, $owner, $rows_sha256, $n_rows);

-- name: games_of_task
select id, spec from store.game where task = $task order by created_at, id;

-- name: evaluations_of_game
select coalition, replicate, utility, seconds
from store.evaluation
where game = $game
order by coalition, replicate;

-- name: insert_evaluation
insert into store.evaluation (
    game, coalition, words, replicate, utility, block_utilities, seed, job, seconds, created_at
) values (
    $game, $coalition, $words, $replicate, $utility, $block_utilities, $seed, $job, $seconds,
    $now
)
on conflict (game, coalition, replicate) do nothing;

-- name: study_by_id
select
    s.id, s.game, s.task, s.method, s.budget, s.seed, s.state, s.players, s.n_replicates,
    s.options, s.answered_by, s.why, s.converged, s.record, s.created_at, s.sealed_at,
    g.spec as game_spec
from store.study as s
inner join store.game as g on s.game = g.id
where s.id = $id;

-- name: studies_of_task
select id from store.study where task = $task order by created_at, id;

-- name: insert_study
insert into store.study (
    id, game, task, method, budget, seed, state, players, n_replicates, options, answered_by,
    why, converged, created_at
) values (
    $id, $game, $task, $method, $budget, $seed, 'running', $players, $n_replicates, $options, '',
    '', false, $now
)
on conflict (id) do nothing;

-- Coalitions that sealed studies of other players of the game rest on, and how many trainings
-- of each there are, of those that a study of so many counts.
-- name: coalitions_of_other_studies
select e.coalition, count(*)::integer as n_replicates
from store.evaluation as e
where
    e.game = $game
    and e.replicate < $n_replicates
    and e.coalition in (
        select c.coalition
        from store.study as s
        inner join store.study_coalition as c on s.id = c.study
        where s.game = $game and s.state = 'sealed' and s.players <> $players
    )
group by e.coalition
order by e.coalition;

-- name: insert_study_coalitions
insert into store.study_coalition (study, coalition, ordinal, is_given, n_replicates)
select $study, coalition, ordinal, is_given, n_replicates from frame
on conflict (study, coalition) do nothing;

-- Each with the mean over the trainings that there were when the study rested on it.
-- name: study_coalitions
select
    c.coalition,
    c.is_given,
    c.n_replicates,
    sum(e.utility order by e.replicate) / count(*) as utility
from store.study as s
inner join store.study_coalition as c on s.id = c.study
inner join store.evaluation as e
    on
        s.game = e.game
        and c.coalition = e.coalition
        and coalesce(c.n_replicates, s.n_replicates) > e.replicate
where s.id = $study
group by c.coalition, c.is_given, c.n_replicates, c.ordinal
order by c.ordinal;

-- name: count_study_coalitions
select
    count(*) as n_evaluations,
    count(*) filter (where is_given) as n_given
from store.study_coalition
where study = $study;

-- name: insert_permutation
insert into store.permutation (study, ordinal, players, coalitions)
values ($study, $ordinal, $players, $coalitions)
on conflict (study, ordinal) do nothing;

-- name: insert_look
insert into store.look (study, n_evaluations, player, value, low, high)
values ($study, $n_evaluations, $player, $value, $low, $high)
on conflict (study, n_evaluations, player) do nothing;

-- name: looks_of_study
select l.n_evaluations, p.owner, l.value, l.low, l.high
from store.look as l
inner join store.study as s on l.study = s.id
inner join store.player as p on s.game = p.game and l.player = p.position
where l.study = $study
order by l.n_evaluations, p.owner;

-- name: seal_study
update store.study
set
    state = 'sealed', record = $record, answered_by = $answered_by, why = $why,
    converged = $converged, sealed_at = $now
where id = $id and state <> 'sealed';

-- name: insert_sealed_value
insert into store.sealed_value (
    study, player, owner, n_rows, value, standard_error, low, high, rank, probability_of_rank,
    units
) values (
    $study, $player, $owner, $n_rows, $value, $standard_error, $low, $high, $rank,
    $probability_of_rank, $units
);

-- name: sealed_values
select
    player, owner, n_rows, value, standard_error, low, high, rank, probability_of_rank, units
from store.sealed_value
where study = $study
order by rank, owner;
