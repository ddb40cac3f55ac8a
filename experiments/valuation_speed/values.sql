-- Values, standard errors, 95 % intervals and ranks from stored marginal contributions.
-- name: values_of_marginals
with means as (
    select
        player,
        count(*) as n_marginals,
        avg(marginal) as value,
        stddev_samp(marginal) / sqrt(count(*)) as standard_error
    from marginal
    group by player
)

select
    player,
    n_marginals,
    value,
    standard_error,
    value - $width * standard_error as low,
    value + $width * standard_error as high,
    rank() over (order by value desc) as rank
from means
order by rank;
