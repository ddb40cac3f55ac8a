-- Values from recorded utilities. Every sum of floats is ordered, so that neither the number of
-- threads nor the order of arrival changes a bit; the numpy rules in valuation/ agree to 1e-12.

-- Shapley values from the utilities of all coalitions of $players:
-- phi_i = sum over S of v(S) / (n C(n-1, s-1)) when i is in S, and -v(S) / (n C(n-1, s)) if not.
-- The error is the spread of the same sums over blocks of the test items.
-- name: exact_values
with seats as (
    select
        generate_subscripts($players::integer[], 1) as seat,
        unnest($players::integer[]) as player
),

everybody as (
    select
        count(*)::integer as n_players,
        bit_or(1::ubigint << player) as coalition
    from seats
),

measured as (
    select
        e.coalition,
        bit_count(e.coalition) as size,
        sum(e.utility order by e.replicate) / count(*) as utility
    from store.evaluation as e
    cross join everybody
    where e.game = $game and (e.coalition & ~everybody.coalition) = 0
    group by e.coalition
),

block_rows as (
    select
        e.coalition,
        e.replicate,
        unnest(e.block_utilities) as utility,
        generate_subscripts(e.block_utilities, 1) as block
    from store.evaluation as e
    inner join measured as m on e.coalition = m.coalition
    where e.game = $game
),

measured_blocks as (
    select
        coalition,
        block,
        bit_count(coalition) as size,
        sum(utility order by replicate) / count(*) as utility
    from block_rows
    group by coalition, block
),

others as (
    select
        n_players,
        unnest(range(n_players))::integer as n_others
    from everybody
),

-- n C(n-1, k): the players, times the ways to choose the k who are there before one of them.
joinings as (
    select
        n_others,
        n_players * (
            factorial(n_players - 1) // (factorial(n_others) * factorial(n_players - 1 - n_others))
        ) as ways
    from others
),

weights as (
    select
        n_others + 1 as size,
        true as is_member,
        1.0::double / ways as weight
    from joinings
    union all
    select
        n_others as size,
        false as is_member,
        -1.0::double / ways as weight
    from joinings
),

totals as (
    select
        s.player,
        count(*) as n_coalitions,
        sum(w.weight * m.utility order by m.coalition) as value
    from measured as m
    cross join seats as s
    inner join weights as w
        on m.size = w.size and w.is_member = (((m.coalition >> s.player) & 1) = 1)
    group by s.player
),

block_totals as (
    select
        s.player,
        b.block,
        sum(w.weight * b.utility order by b.coalition) as value
    from measured_blocks as b
    cross join seats as s
    inner join weights as w
        on b.size = w.size and w.is_member = (((b.coalition >> s.player) & 1) = 1)
    group by s.player, b.block
),

errors as (
    select
        player,
        stddev_samp(value order by block) / sqrt(count(*)) as standard_error
    from block_totals
    group by player
)

select
    s.player,
    t.value,
    t.n_coalitions,
    coalesce(e.standard_error, 0) as standard_error,
    rank() over (order by round_even(t.value * 1e12, 0) desc)::integer as rank
from seats as s
inner join totals as t on s.player = t.player
left join errors as e on s.player = e.player
order by s.seat;

-- Means of what each player added on joining, over the permutations of a study.
-- name: permutation_values
with seats as (
    select
        generate_subscripts($players::integer[], 1) as seat,
        unnest($players::integer[]) as player
),

measured as (
    select
        coalition,
        sum(utility order by replicate) / count(*) as utility
    from store.evaluation
    where game = $game
    group by coalition
),

joins as (
    select
        ordinal,
        unnest(players) as player,
        generate_subscripts(players, 1) as step
    from store.permutation
    where study = $study
),

prefixes as (
    select
        ordinal,
        step,
        player,
        bit_or(1::ubigint << player) over (partition by ordinal order by step) as coalition
    from joins
),

marginals as (
    select
        p.ordinal,
        p.player,
        m.utility - coalesce(
            lag(m.utility) over (partition by p.ordinal order by p.step),
            case when p.step = 1 then nobody.utility end
        ) as marginal
    from prefixes as p
    left join measured as m on p.coalition = m.coalition
    left join measured as nobody on nobody.coalition = 0
),

totals as (
    select
        player,
        count(*) as n_permutations,
        count(*) - count(marginal) as n_missing,
        sum(marginal order by ordinal) / count(*) as value,
        stddev_samp(marginal order by ordinal) / sqrt(count(*)) as standard_error
    from marginals
    group by player
)

select
    s.player,
    t.value,
    t.standard_error,
    t.n_permutations,
    t.n_missing,
    rank() over (order by round_even(t.value * 1e12, 0) desc)::integer as rank
from seats as s
inner join totals as t on s.player = t.player
order by s.seat;
