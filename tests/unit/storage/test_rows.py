from datetime import UTC, datetime

import duckdb

from workbench.storage.rows import fetch_rows


def test_wide_integers_stay_integers(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute(
        "select (2::hugeint ** 100)::hugeint as a, sum(i) as b, 18446744073709551615::ubigint as c"
        " from range(3) t(i)"
    )
    # 2::hugeint ** 100 goes through double, which holds powers of two exactly.
    assert fetch_rows(empty) == [{"a": 2**100, "b": 3, "c": 2**64 - 1}]


def test_instants_are_utc_and_nulls_stay(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("set global timezone = 'UTC'")
    empty.execute("select timestamptz '2026-01-01 12:00:00.000001+02' as a, null::timestamptz as b")
    [row] = fetch_rows(empty)
    assert row == {"a": datetime(2026, 1, 1, 10, 0, 0, 1, tzinfo=UTC), "b": None}
    assert row["a"].tzinfo is UTC


def test_lists_are_lists_and_no_rows_are_no_rows(empty: duckdb.DuckDBPyConnection) -> None:
    empty.execute("select [1.5, 2.5]::double[] as a, []::double[] as b")
    assert fetch_rows(empty) == [{"a": [1.5, 2.5], "b": []}]
    empty.execute("select 1 as a where false")
    assert fetch_rows(empty) == []
