-- The schema as the catalog knows it, in an order that no engine version decides.

-- name: schema_tables
select
    table_oid,
    schema_name || '.' || table_name as name
from duckdb_tables()
order by name;

-- name: schema_columns
select
    column_name || ' ' || lower(data_type)
    || case when is_nullable then '' else ' not null' end
    || coalesce(' default ' || column_default, '') as line
from duckdb_columns()
where table_oid = $table
order by column_index;

-- Not null is said with the column.
-- name: schema_constraints
select constraint_text as line
from duckdb_constraints()
where table_oid = $table and constraint_type <> 'NOT NULL'
order by
    list_position(['PRIMARY KEY', 'UNIQUE', 'CHECK'], constraint_type),
    line;

-- name: schema_indexes
select sql from duckdb_indexes()
order by index_name;

-- name: schema_views
select sql from duckdb_views()
where not internal
order by schema_name, view_name;
