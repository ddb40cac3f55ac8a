-- Which migrations the file has seen.
-- name: migrations
select version, name, sha256 from store.migration order by version;

-- name: has_migration_table
select count(*) > 0 as found from duckdb_tables()
where schema_name = 'store' and table_name = 'migration';

-- name: add_migration
insert into store.migration (version, name, sha256, applied_at)
values ($version, $name, $sha256, $applied_at);

-- The first answer to a request that may be sent again.
-- name: idempotent_answer
select request_sha256, response from store.idempotency where key = $key;

-- name: idempotency_keys
select key from store.idempotency;

-- name: insert_idempotent_answers
insert into store.idempotency (key, request_sha256, response, created_at)
select key, request_sha256, response, created_at from frame;

-- name: insert_few_answers
insert into store.idempotency (key, request_sha256, response, created_at)
select
    unnest($key::varchar[]) as key,
    unnest($request_sha256::varchar[]) as request_sha256,
    unnest($response::varchar[]) as response,
    unnest($created_at::timestamptz[]) as created_at;

-- What ``bench.sql`` may read: the views of schema main.
-- name: published_views
select view_name as name from duckdb_views()
where schema_name = 'main' and not internal
order by view_name;

-- Every other name that a statement could reach without a schema.
-- name: unpublished_names
select lower(view_name) as name from duckdb_views() where internal or schema_name <> 'main'
union
select lower(table_name) as name from duckdb_tables()
order by name;

-- Functions of their arguments alone, and clocks; nothing that reads settings, looks into the
-- engine, takes SQL as text, trusts the layout of the bytes it is given, or makes gigabytes
-- from a number in one step (read from range(…) instead of selecting it).
-- name: plain_functions
select distinct lower(function_name) as name
from duckdb_functions()
where
    (
        (function_type in ('scalar', 'aggregate') and stability = 'CONSISTENT')
        or (function_type in ('macro', 'window') and schema_name = 'main')
        or function_name in (
            'now', 'today', 'current_date', 'get_current_timestamp', 'random', 'uuid', 'unnest'
        )
    )
    and function_name not in (
        'combine', 'finalize', 'to_aggregate_state', 'decode_sort_key', 'variant_bytes_to_variant',
        'json_serialize_sql', 'json_serialize_plan', 'json_deserialize_sql', 'version',
        'get_block_size', 'user', 'session_user', 'current_catalog', 'current_role', 'current_user',
        'parse_duckdb_log_message',
        'range', 'generate_series', 'repeat', 'lpad', 'rpad', 'list_resize', 'array_resize',
        'bar', 'bitstring', 'format', 'printf'
    )
    and not starts_with(function_name, '__')
order by name;
