import duckdb
import pytest

from workbench.core.errors import QueryRefusedError
from workbench.storage.select import Published, check_select


@pytest.fixture(scope="module")
def published(schema_only: duckdb.DuckDBPyConnection) -> Published:
    return Published.of(schema_only)


ALLOWED = [
    "select * from leaderboard",
    "from leaderboard",
    "table leaderboard",
    "values (1, 'a'), (2, 'b')",
    'select * from main."leaderboard" order by all limit 3',
    "SELECT Owner, SUM(amount) AS paid FROM Leaderboard GROUP BY ALL HAVING sum(amount) > 0",
    "with best as (select * from leaderboard where rank = 1) select owner from best",
    "with value as (select * from value) select * from value",
    "select n_with, mean_with, mean_without, n_without, n_with + n_with from semivalue_by_size",
    "with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select * from t",
    "select * from evaluation as e, unnest(e.block_utilities) as b(u), range(3) as r(i)",
    "select (select max(value) from value), exists(from run) from task where id in (from task)",
    "select owner, rank() over (partition by study order by value desc) from value qualify true",
    "select * from value as v asof join study as s on v.rank >= s.budget",
    "select json_extract_string(metrics, '$.loss'), metrics::json->>'$.loss' from run",
    "select quantile_cont(value, 0.9), list(owner order by value), count(*) from value",
    "select [x * 2 for x in block_utilities if x > 0], list_sum(block_utilities) from evaluation",
    "select strftime(created_at, '%Y-%m'), date_trunc('day', created_at), now() from task",
    "select (coalition >> 1) & 1, bit_count(coalition), utility::decimal(9, 3) from evaluation",
    "select * from value pivot (sum(value) for owner in ('a', 'b'))",
    "unpivot (select 1 as a, 2 as b) on a, b",
    "select 1 union select 2 except select 3 intersect select 4",
    "select case when ? > $2 then 'a' else coalesce(null, 'b') end, 'store.hidden_row'",
]


@pytest.mark.parametrize("statement", ALLOWED)
def test_questions_about_published_views_are_answered(
    schema_only: duckdb.DuckDBPyConnection, published: Published, statement: str
) -> None:
    check_select(schema_only, published, statement)


PRIVATE = [
    "select * from store.hidden_row",
    'select * from "store"."hidden_row"',
    "from store.job",
    "table store.job",
    "select * from memory.store.job",
    "select * from memory.main.task",
    "with a as (select * from store.job) select * from a",
    "with a as (with b as (from store.job) from b) from a",
    "select (select max(id) from store.job)",
    "select * from range(2) as t(i), lateral (select * from store.job)",
    "select * from task where id in (select id from store.job)",
    "select 1 union select count(*) from store.job",
    "select exists(from store.job)",
    "select list_transform([1], lambda x: (select max(id) from store.job))",
    "select sum(i) filter (where i in (select 1 from store.job)) from range(3) as t(i)",
    "select 1 order by (select max(id) from store.job)",
    "select 1 limit (select count(*) from store.job)",
    "select rank() over (order by (select max(id) from store.job))",
    "select * from range((select count(*) from store.job))",
    "values ((select max(id) from store.job))",
    "select * from task join store.job using (id)",
    "pivot store.job on state in ('done') using count(*)",
    "select * from store.job at (version => 1)",
    "select * from store.job tablesample 10 rows",
]
OUTSIDE = [
    "select * from read_csv('x.csv')",
    "select * from read_text('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from 'x.parquet'",
    "select * from glob('*')",
    "select getenv('HOME')",
    "copy (select 1) to 'x'",
    "copy task from 'x'",
    "attach 'x'",
    "export database 'x'",
]
ENGINE = [
    "select * from duckdb_secrets()",
    "select * from duckdb_tables()",
    "select * from duckdb_tables",
    "select * from sqlite_master",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_tables",
    "with duckdb_tables as (select 1) select * from duckdb_tables",
    "select * from (with sqlite_master as (select 1) select 1), sqlite_master",
    "select * from query('select 1')",
    "select * from query_table('task')",
    "select * from json_execute_serialized_sql('{}')",
    "select json_serialize_plan('select 1')",
    "select * from force_checkpoint()",
    "select * from pragma_database_size()",
    "select current_setting('threads')",
    "select getvariable('a')",
    "select nextval('a')",
    "select write_log('a')",
    "select sleep_ms(100000)",
    "select pg_catalog.current_database()",
    "select main.write_log('a')",
    "select __internal_decompress_string(1::utinyint)",
    "select finalize('a')",
    "select list_sum(range(2000000000))",
    "select length(repeat('x', 2000000000))",
]
NO_SELECT = [
    "",
    " ; ",
    "-- nothing",
    "select 1; select 2",
    "select 1; drop view task",
    "insert into store.job values (1)",
    "with x as (insert into store.hidden_row values ('a', 'b') returning task) select * from x",
    "with x as (delete from store.job returning id) select * from x",
    "update store.job set state = 'done'",
    "delete from store.job",
    "drop view task",
    "create table a (b int)",
    "create temp table a as select 1",
    "create macro f() as 1",
    "set threads = 1",
    "reset threads",
    "pragma database_list",
    "install json",
    "load json",
    "call force_checkpoint()",
    "checkpoint",
    "begin",
    "commit",
    "prepare x as select 1",
    "execute x",
    "explain select 1",
    "explain analyze select 1",
    "describe task",
    "show tables",
    "summarize task",
    "select * from (describe task)",
    "use store",
    "vacuum",
    "pivot task on kind",
]
NO_SQL = [
    "selec 1",
    "select 1\0",
    "select '\ud800'",
    "select 'unfinished",
    "x" * 30_000,
    "select " + "(" * 5_000,
    "select " + "(" * 101 + "1" + ")" * 101,
    "select * from " + "(select * from " * 101 + "range(1)" + ")" * 101,
    # Each further level takes DuckDB 2.0 seven times as long: twelve of them, hours.
    "with a as (" * 12 + "selec 1" + ") select 1" * 12,
    "select " + "case when true then " * 600 + "1" + " end" * 600,
]


@pytest.mark.parametrize("statement", PRIVATE + OUTSIDE + ENGINE + NO_SELECT + NO_SQL)
def test_anything_else_is_refused(
    schema_only: duckdb.DuckDBPyConnection, published: Published, statement: str
) -> None:
    with pytest.raises((QueryRefusedError, duckdb.ParserException)):
        check_select(schema_only, published, statement)


def test_a_refusal_lists_the_views(
    schema_only: duckdb.DuckDBPyConnection, published: Published
) -> None:
    with pytest.raises(QueryRefusedError) as refused:
        check_select(schema_only, published, "select * from store.hidden_row")
    assert refused.value.found == "store.hidden_row is no published view"
    assert "leaderboard" in refused.value.next_step
    assert "hidden_row" not in refused.value.facts["views"]


def test_no_permitted_function_has_effects_or_looks_into_the_engine(
    schema_only: duckdb.DuckDBPyConnection, published: Published
) -> None:
    rows = schema_only.execute(
        "select distinct function_name from duckdb_functions()"
        " where has_side_effects or schema_name <> 'main' and function_name not in"
        " (select function_name from duckdb_functions() where schema_name = 'main')"
    ).fetchall()
    assert published.functions & {name for (name,) in rows} <= {"random", "uuid"}
    suspicious = ("read_", "pg_", "duckdb", "query", "secret", "setting", "env", "sleep")
    assert [f for f in sorted(published.functions) if any(s in f for s in suspicious)] == []
    assert [f for f in published.functions if f.startswith("__")] == []
