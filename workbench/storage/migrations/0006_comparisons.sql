-- One row a comparison, model and metric; the model named first has no difference.
create view comparison_row as
select
    run,
    task,
    line.model,
    line.metric,
    line.score,
    line.low,
    line.high,
    line.difference,
    line.difference_low,
    line.difference_high,
    line.p,
    line.test,
    line.verdict,
    created_at
from (
    select
        id as run,
        task,
        created_at,
        unnest(from_json(details::json -> 'scores', '[{
            "model": "varchar", "metric": "varchar", "score": "double",
            "low": "double", "high": "double", "difference": "double",
            "difference_low": "double", "difference_high": "double",
            "p": "double", "test": "varchar", "verdict": "varchar"
        }]')) as line
    from store.run
    where kind = 'comparison'
);
