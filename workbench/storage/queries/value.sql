-- Values from recorded utilities. Every sum of floats is ordered, so that neither the number of
-- threads nor the order of arrival changes a bit; the numpy rules in valuation/ agree to 1e-12.

-- Semivalues from the utilities of all coalitions of $players, whose bits are $words:
-- phi_i = sum over S of q(s-1) v(S) / C(n-1, s-1) when i is in S, and -q(s) v(S) / C(n-1, s) if
-- not, with $weights = q(0), …, q(n-1).
-- The error is the spread of the same sums over blocks of the test items.
-- name: exact_values
with seats as (
    select
        generate_subscripts($players::integer[], 1) as seat,
        unnest($players::integer[]) as player
),

-- Of a coalition that the study was given, as many trainings as there were then.
counted as (
    select coalition, n_replicates from store.study_coalition where study = $study
),

trained as (
    select e.coalition, e.words, e.replicate, e.utility, e.block_utilities
    from store.evaluation as e
    left join counted as c on e.coalition = c.coalition
    where
        e.game = $game
        and e.replicate < coalesce(c.n_replicates, $n_replicates)
        and list_sum([
            bit_count(word & ~coalesce(list_extract($words::ubigint[], place), 0))
            for word, place in e.words
        ]) = 0
),

measured as (
    select
        coalition,
        any_value(words) as words,
        list_sum([bit_count(word) for word in any_value(words)])::integer as size,
        sum(utility order by replicate) / count(*) as utility
    from trained
    group by coalition
),

block_rows as (
    select
        t.coalition,
        t.replicate,
        m.words,
        m.size,
        unnest(t.block_utilities) as utility,
        generate_subscripts(t.block_utilities, 1) as block
    from trained as t
    inner join measured as m on t.coalition = m.coalition
),

measured_blocks as (
    select
        coalition,
        block,
        any_value(words) as words,
        any_value(size) as size,
        sum(utility order by replicate) / count(*) as utility
    from block_rows
    group by coalition, block
),

others as (
    select
        (generate_subscripts($weights::double[], 1) - 1)::integer as n_others,
        unnest($weights::double[]) as weight,
        (len($weights::double[]) - 1)::integer as n_all_others
),

-- One weight of a size, spread over the coalitions of that size: C(n-1, k) of them.
weights as (
    select
        n_others,
        weight / (
            factorial(n_all_others) // (factorial(n_others) * factorial(n_all_others - n_others))
        ) as weight
    from others
),

joined as (
    select
        m.coalition,
        m.utility,
        m.size,
        s.player,
        ((coalesce(m.words[1 + s.player // 64], 0) >> (s.player % 64)) & 1)::integer as is_member
    from measured as m
    cross join seats as s
),

totals as (
    select
        j.player,
        count(*) as n_coalitions,
        sum((2 * j.is_member - 1) * w.weight * j.utility order by j.coalition) as value
    from joined as j
    inner join weights as w on j.size - j.is_member = w.n_others
    group by j.player
),

joined_blocks as (
    select
        b.coalition,
        b.block,
        b.utility,
        b.size,
        s.player,
        ((coalesce(b.words[1 + s.player // 64], 0) >> (s.player % 64)) & 1)::integer as is_member
    from measured_blocks as b
    cross join seats as s
),

block_totals as (
    select
        j.player,
        j.block,
        sum((2 * j.is_member - 1) * w.weight * j.utility order by j.coalition) as value
    from joined_blocks as j
    inner join weights as w on j.size - j.is_member = w.n_others
    group by j.player, j.block
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

-- Means of what each player added on joining, over the permutations of a study, each marginal
-- contribution times $weights = n q(0), …, n q(n-1). Permutations that belong together
-- ($n_together of them: an order and its reverse) count as one sample.
-- name: permutation_values
with seats as (
    select
        generate_subscripts($players::integer[], 1) as seat,
        unnest($players::integer[]) as player
),

-- Of a coalition that the study was given, as many trainings as there were then.
counted as (
    select coalition, n_replicates from store.study_coalition where study = $study
),

measured as (
    select
        e.coalition,
        sum(e.utility order by e.replicate) / count(*) as utility
    from store.evaluation as e
    left join counted as c on e.coalition = c.coalition
    where e.game = $game and e.replicate < coalesce(c.n_replicates, $n_replicates)
    group by e.coalition
),

-- One row a coalition of the chain; whoever joined to make it stands beside it.
met as (
    select
        ordinal,
        unnest([null] || players) as player,
        unnest(coalitions) as coalition,
        generate_subscripts(coalitions, 1) - 1 as step
    from store.permutation
    where study = $study
),

marginals as (
    select
        p.ordinal,
        p.player,
        p.step,
        list_extract($weights::double[], p.step) * (
            m.utility - lag(m.utility) over (partition by p.ordinal order by p.step)
        ) as marginal
    from met as p
    left join measured as m on p.coalition = m.coalition
),

samples as (
    select
        player,
        ordinal // $n_together as sample,
        count(*) as n_marginals,
        count(marginal) as n_known,
        sum(marginal order by ordinal) / count(*) as marginal
    from marginals
    where step > 0
    group by player, ordinal // $n_together
),

totals as (
    select
        player,
        count(*) as n_samples,
        sum(n_marginals - n_known) as n_missing,
        sum(marginal order by sample) / count(*) as value,
        stddev_samp(marginal order by sample) / sqrt(count(*)) as standard_error
    from samples
    group by player
)

select
    s.player,
    t.value,
    t.standard_error,
    t.n_samples,
    t.n_missing::bigint as n_missing,
    rank() over (order by round_even(t.value * 1e12, 0) desc)::integer as rank
from seats as s
inner join totals as t on s.player = t.player
order by s.seat;
