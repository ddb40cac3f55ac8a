import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.integration.storage.conftest import keep
from workbench.core.errors import QueryRefusedError, TimeLimitError, TooLargeError
from workbench.storage import select
from workbench.storage.database import Database, Transaction

ENDLESS = "select count(*) from range(1000000000) as a, range(1000000000) as b"


def insert_game(tx: Transaction) -> None:
    tx.execute("insert_game", {"id": "g", "task": "t", "spec": "{}", "now": tx.now})


def test_the_answer_is_a_table_with_the_asked_columns(shared: Database) -> None:
    table = shared.select("select i as a, [i] as b, i || '' as c from range(3) as t(i)")
    assert table.to_pylist() == [{"a": i, "b": [i], "c": str(i)} for i in range(3)]


def test_parameters_are_positional_and_never_text(shared: Database) -> None:
    table = shared.select("select ? as a, ? as b, ? as c", ["'; drop view task; --", 2**40, None])
    assert table.to_pylist() == [{"a": "'; drop view task; --", "b": 2**40, "c": None}]
    assert shared.select("select $2 - $1 as d", [1, 3]).to_pylist() == [{"d": 2}]


def test_an_answer_without_rows_still_has_its_columns(shared: Database) -> None:
    table = shared.select("select owner, amount from leaderboard where task = ?", ["nothing"])
    assert table.num_rows == 0
    assert table.column_names == ["owner", "amount"]


def test_instants_are_utc(shared: Database) -> None:
    [row] = shared.select("select timestamptz '2026-01-01 12:00:00+02' as t").to_pylist()
    assert row["t"] == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("statement", "parameters", "message"),
    [
        ("select nope from task", [], "nope"),
        ("select 1 + 'a'", [], "function"),
        ("select 'a'::int", [], "Conversion"),
        ("select ?", [], "not provided"),
        ("select 1", [1], "Parameter"),
        ("select error('x')", [], "not among"),
        ("select * from store.job", [], "no published view"),
    ],
)
def test_a_mistake_is_explained(
    shared: Database, statement: str, parameters: list[int], message: str
) -> None:
    with pytest.raises(QueryRefusedError, match=message):
        shared.select(statement, parameters)


def test_as_many_rows_as_allowed_are_answered_and_one_more_is_refused(shared: Database) -> None:
    assert shared.select("from range(5000)", max_rows=5000).num_rows == 5000
    with pytest.raises(TooLargeError, match="more than 4999 rows"):
        shared.select("from range(5000)", max_rows=4999)


def test_order_survives_the_row_limit(shared: Database) -> None:
    table = shared.select("select i from range(9000) as t(i) order by i desc", max_rows=9000)
    assert table.column("i").to_pylist() == list(range(9000))[::-1]


def test_an_endless_answer_is_refused_at_its_row_limit(shared: Database) -> None:
    numbers = "with recursive t(n) as (select 1 union all select n + 1 from t) select n from t"
    with pytest.raises(TooLargeError, match="rows"):
        shared.select(numbers, max_rows=100)


def test_too_many_bytes_are_refused(shared: Database) -> None:
    with pytest.raises(TooLargeError, match="bytes"):
        shared.select(
            "select string_agg(i, '') from range(1000000) as a(i), range(20) as b(j) group by j"
        )


@pytest.mark.parametrize(
    "statement",
    [
        ENDLESS,
        "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t",
    ],
)
def test_a_long_statement_is_ended(shared: Database, statement: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeLimitError, match=r"took longer than 0\.3 s"):
        shared.select(statement, max_seconds=0.3)
    assert time.monotonic() - started < 20
    assert shared.select("select 1 as a").to_pylist() == [{"a": 1}]


def test_a_statement_that_grows_too_much_is_ended(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(select, "_MAX_GROWTH_BYTES", 100 * 2**20)
    doubling = (
        "with recursive t(s) as (select 'x' union all select s || s from t) select count(*) from t"
    )
    with pytest.raises(TooLargeError, match="memory"):
        shared.select(doubling, max_seconds=60)


def test_writes_go_on_beside_a_long_statement(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(database.select, ENDLESS, max_seconds=2)
        assert database.write(lambda tx: keep(tx, "beside")) == "beside"
        assert not long.done()
        assert isinstance(long.exception(timeout=60), TimeLimitError)


def test_a_statement_waits_for_its_turn_and_no_longer_than_its_limit(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(database.select, ENDLESS, max_seconds=3)
        deadline = time.monotonic() + 30
        while not database._turn.locked():
            assert time.monotonic() < deadline
            threading.Event().wait(0.001)
        with pytest.raises(TimeLimitError, match="other statements"):
            database.select("select 1", max_seconds=0.05)
        assert database.select("select 1 as a", max_seconds=60).to_pylist() == [{"a": 1}]
        assert isinstance(long.exception(timeout=60), TimeLimitError)


def test_a_read_only_transaction_would_refuse_a_hidden_change(database: Database) -> None:
    database.write(insert_game)
    with pytest.raises(QueryRefusedError, match="INSERT_QUERY_NODE"):
        database.select(
            "with x as (insert into store.job_event values ('a', 1, '{}', now()) returning job)"
            " select * from x"
        )
    assert database.read("job_events_after", {"job": "a", "after": -1}) == []
