-- How connections are set up.

-- Instants are UTC whatever the machine's zone is.
-- name: use_utc
set global timezone = 'UTC';

-- No statement reads or writes another file, or the network.
-- name: forbid_outside
set enable_external_access = false;

-- The last one: after it nothing can be set any more, by anybody.
-- name: lock_settings
set lock_configuration = true;

-- A statement as DuckDB's own parser reads it.
-- name: statement_tree
select json_serialize_sql($statement) as tree;

-- name: begin_read_only
begin transaction read only; -- noqa: PRS

-- What was committed lies in the one file, and nothing in its write-ahead log.
-- name: checkpoint
checkpoint; -- noqa: PRS
