"""Every table and column either travels or stays at home, and rows come back as they went."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import CorruptBundleError
from workbench.storage.queries import QUERIES
from workbench.storage.schema import schema
from workbench.storage.tail import Tail
from workbench.storage.travel import (
    LOGGED,
    STAYS_HOME,
    TRAVELS,
    append_rows,
    replace_rows,
    travelling_rows,
)
from workbench.storage.writer import Transaction


@pytest.fixture(scope="module")
def empty() -> Any:
    """An empty database with the schema."""
    with duckdb.connect() as connection:
        connection.execute(schema())
        yield connection


def columns_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'store' and table_name in (select table_name from duckdb_tables())"
    ).fetchall()
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def test_every_table_travels_or_stays_at_home(empty: duckdb.DuckDBPyConnection) -> None:
    """A new table is put into one of the lists of ``storage/travel.py``, with a reason."""
    lists = [set(TRAVELS), set(STAYS_HOME), set(LOGGED)]
    assert set().union(*lists) == set(columns_of(empty))
    assert sum(map(len, lists)) == len(set().union(*lists))


@pytest.mark.parametrize("table", TRAVELS)
def test_every_column_travels_or_has_something_that_stands_for_it(
    empty: duckdb.DuckDBPyConnection, table: str
) -> None:
    travel = TRAVELS[table]
    empty.execute(QUERIES[travel.query].sql)
    travelling = [name for name, *_ in empty.description or ()]
    assert sorted([*travelling, *travel.stays]) == sorted(columns_of(empty)[table])
    assert "order by" in QUERIES[travel.query].sql


def transaction(cursor: duckdb.DuckDBPyConnection) -> Transaction:
    return Transaction(cursor, Tail(cursor), Path("odd"), datetime.now(UTC))


@pytest.fixture
def connection() -> Any:
    """A database with one table of every type that the schema has."""
    with duckdb.connect() as found:
        found.execute(
            "create schema store; set timezone = 'UTC'; create table store.odd ("
            "a varchar, b boolean, c integer, d bigint, e ubigint, f hugeint, g double,"
            "h timestamptz, i ubigint[], j double[], k varchar[])"
        )
        yield found


def test_every_type_of_the_schema_is_known(
    empty: duckdb.DuckDBPyConnection, connection: duckdb.DuckDBPyConnection
) -> None:
    tables = "','".join([*TRAVELS, *LOGGED])
    kinds = {
        kind.removesuffix("[]")
        for (kind,) in empty.execute(
            "select distinct data_type from duckdb_columns() "
            f"where schema_name = 'store' and table_name in ('{tables}')"
        ).fetchall()
    }
    relation = connection.table("store.odd")
    assert kinds <= {str(kind).removesuffix("[]") for kind in relation.types}


def test_rows_come_back_as_they_went(connection: duckdb.DuckDBPyConnection) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    names = list("abcdefghijk")
    rows = [
        ["x\n\u2028é", True, -5, 2**62, 2**64 - 1, -(2**100), 0.1, now, [1, 2**64 - 1], [-0.0], []],
        ["", False, 0, -(2**62), 0, 0, -0.0, now, [], [math.inf, -math.inf, 1e-300], ["a"]],
        [None] * 11,
    ]
    relation = connection.table("store.odd")
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    written = [dict(zip(names, row, strict=True)) for row in rows]
    # Through JSON, as in a file.
    import json

    travelled = [json.loads(canonical_bytes(row)) for row in travelling_rows(written, kinds)]
    tx = transaction(connection)
    append_rows(tx, "odd", travelled)
    found = [list(row) for row in connection.execute("from store.odd").fetchall()]
    assert repr([row[:7] + row[8:] for row in found]) == repr([row[:7] + row[8:] for row in rows])
    assert [row[7] for row in found] == [now, now, None]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", 1), ("a", ["x"]), ("b", 1), ("b", "true"), ("c", "1"), ("c", True), ("c", 1.5),
        ("c", 2**31), ("d", 1), ("d", "1_0"), ("d", " 1"), ("d", "٣"), ("d", str(2**63)),
        ("e", "-1"), ("f", "1e3"), ("f", "9" * 60), ("g", "much"), ("g", True), ("g", []),
        ("h", "yesterday"), ("h", "2026-01-02"), ("h", 5), ("i", "12"), ("i", [1]), ("i", {}),
        ("k", [1]), ("z", 1),
    ],
)  # fmt: skip
def test_a_value_that_is_none_of_its_column_is_refused(
    connection: duckdb.DuckDBPyConnection, name: str, value: Any
) -> None:
    tx = transaction(connection)
    row: dict[str, Any] = dict.fromkeys("abcdefghijk")
    with pytest.raises(CorruptBundleError, match="not accepted") as caught:
        append_rows(tx, "odd", [row | {name: value}])
    assert name in str(caught.value) or "odd" in str(caught.value)
    assert connection.execute("select count(*) from store.odd").fetchall() == [(0,)]


def test_rows_are_replaced_with_what_stays_filled_in(empty: duckdb.DuckDBPyConnection) -> None:
    now = "2026-01-02T03:04:05.000006+00:00"
    row = {
        "id": "r", "task": "t", "kind": "fine-tune", "spec": "{}", "model": None, "metrics": "{}",
        "details": "{}", "created_at": now,
    }  # fmt: skip
    with empty.cursor() as cursor:
        cursor.begin()
        tx = transaction(cursor)
        for identity in ("first", "second"):
            replace_rows(tx, "run", [row | {"id": identity}])
            assert tx.count("run") == 1
        found = cursor.execute("select id, tracking_state from store.run").fetchall()
        cursor.rollback()
    assert found == [("second", "logged")]
