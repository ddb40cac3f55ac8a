import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.storage.conftest import keep
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, InsufficientFundsError, InvalidInputError
from workbench.core.keys import PrivateKey
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage import record
from workbench.storage.database import Database, Transaction
from workbench.storage.ledger import write_entry

ALL = {"first": 0, "until": 2**62, "n_rows": 100}


@contextmanager
def waiting_together(
    database: Database, works: list[Callable[[Transaction], Any]]
) -> Iterator[list["Future[Any]"]]:
    """Queue works behind one that holds the writer, so that they form one group."""
    entered, go_on = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        entered.set()
        assert go_on.wait(timeout=60)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        pool.submit(database.write, hold)
        assert entered.wait(timeout=60)
        futures = [pool.submit(database.write, work) for work in works]
        deadline = time.monotonic() + 60
        while database._writer._queue.qsize() < len(works):
            assert time.monotonic() < deadline
            threading.Event().wait(0.001)
        go_on.set()
        yield futures


def kept(database: Database, keys: list[str]) -> list[str]:
    return [key for key in keys if database.read("idempotent_answer", {"key": key})]


def test_works_that_wait_share_one_transaction(database: Database) -> None:
    def work(key: str) -> Callable[[Transaction], Any]:
        return lambda tx: (keep(tx, key), tx.now)

    with waiting_together(database, [work(f"k{i}") for i in range(30)]) as futures:
        answers = [future.result(timeout=60) for future in futures]
    assert [key for key, _ in answers] == [f"k{i}" for i in range(30)]
    assert len({now for _, now in answers}) == 1


def test_only_the_guilty_work_fails(database: Database) -> None:
    runs: Counter[str] = Counter()

    def work(key: str) -> Callable[[Transaction], str]:
        def run(tx: Transaction) -> str:
            runs[key] += 1
            keep(tx, key)
            if key == "k3":
                raise InvalidInputError("k3 is guilty")
            return key

        return run

    keys = [f"k{i}" for i in range(10)]
    with waiting_together(database, [work(key) for key in keys]) as futures:
        for key, future in zip(keys, futures, strict=True):
            if key == "k3":
                with pytest.raises(InvalidInputError, match="k3 is guilty"):
                    future.result(timeout=60)
            else:
                assert future.result(timeout=60) == key
    assert kept(database, keys) == [key for key in keys if key != "k3"]
    assert max(runs.values()) == 2


def test_of_two_works_that_exclude_each_other_one_wins(database: Database) -> None:
    with waiting_together(database, [lambda tx: keep(tx, "one")] * 2) as futures:
        errors = [future.exception(timeout=60) for future in futures]
    assert sorted(type(error).__name__ for error in errors) == ["ConflictError", "NoneType"]
    assert kept(database, ["one"]) == ["one"]


def test_a_work_that_hides_a_refused_row_fails_alone(database: Database) -> None:
    def hide(tx: Transaction) -> str:
        try:
            keep(tx, "k0")
            keep(tx, "k0")
        except ConflictError:
            return "all is well"
        return "unreachable"

    works = [hide, *(lambda tx, i=i: keep(tx, f"k{i}") for i in range(1, 5))]
    with waiting_together(database, works) as futures:
        with pytest.raises(ConflictError):
            futures[0].result(timeout=60)
        assert [future.result(timeout=60) for future in futures[1:]] == ["k1", "k2", "k3", "k4"]
    assert kept(database, ["k0", "k1", "k4"]) == ["k1", "k4"]


def test_a_work_that_only_looked_before_refusing_costs_the_others_nothing(
    database: Database,
) -> None:
    runs: Counter[int] = Counter()

    def work(i: int) -> Callable[[Transaction], int]:
        def run(tx: Transaction) -> int:
            runs[i] += 1
            assert tx.execute("idempotent_answer", {"key": str(i)}) == []
            if i % 2:
                raise InvalidInputError("odd")
            keep(tx, str(i))
            return i

        return run

    with waiting_together(database, [work(i) for i in range(10)]) as futures:
        failed = [future.exception(timeout=60) is not None for future in futures]
    assert failed == [False, True] * 5
    assert set(runs.values()) == {1}


def test_a_work_that_saw_a_rolled_back_row_is_run_again(database: Database) -> None:
    def first(tx: Transaction) -> None:
        keep(tx, "seen")
        raise InvalidInputError("undone")

    def second(tx: Transaction) -> int:
        return len(tx.execute("idempotent_answer", {"key": "seen"}))

    with waiting_together(database, [first, second]) as futures:
        assert isinstance(futures[0].exception(timeout=60), InvalidInputError)
        assert futures[1].result(timeout=60) == 0


def test_even_an_exit_raised_in_a_work_reaches_its_caller(database: Database) -> None:
    def leave(_: Transaction) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        database.write(leave)
    assert database.write(lambda tx: keep(tx, "next")) == "next"


def move(source: str, destination: str, amount: int, identity: str) -> Callable[[Transaction], Any]:
    lines = [Posting(source, destination, amount)]
    return lambda tx: write_entry(tx, identity, lines, kind="test", reason="r").seq


def test_a_refused_entry_leaves_the_others_of_its_group_as_they_are(database: Database) -> None:
    database.write(move(TREASURY, "user:a", 10, "fund"))
    works = [
        move("user:a", "user:b", 6, "1"),
        move("user:a", "user:b", 6, "too much"),
        move("user:b", "user:c", 5, "2"),
    ]
    with waiting_together(database, works) as futures:
        assert [futures[0].result(timeout=60), futures[2].result(timeout=60)] == [1, 2]
        with pytest.raises(InsufficientFundsError):
            futures[1].result(timeout=60)
    held = {row["account"]: row["amount"] for row in database.read("balances")}
    assert held == {TREASURY: -10, "user:a": 4, "user:b": 1, "user:c": 5}


def test_what_waits_in_memory_goes_with_the_work_that_failed(database: Database) -> None:
    key = PrivateKey(bytes(32))
    envelopes = [Envelope.sign("note", {"number": str(n)}, key) for n in range(4)]

    def work(number: int) -> Callable[[Transaction], Any]:
        def run(tx: Transaction) -> int:
            record.append(tx, envelopes[number])
            if number == 1:
                raise InvalidInputError("changed its mind")
            return number

        return run

    with waiting_together(database, [work(n) for n in range(3)]) as futures:
        assert [f.exception(timeout=60) is None for f in futures] == [True, False, True]
    # The chains go on from what was kept, and the one that was given up may come again.
    assert database.write(lambda tx: record.append(tx, envelopes[1]))[1]
    rows = database.select("select seq, content_id from record order by seq").to_pylist()
    ids = [envelopes[n].content_id for n in (0, 2, 1)]
    assert [(row["seq"], row["content_id"]) for row in rows] == list(enumerate(ids))
    assert [row["seq"] for row in database.read("logged_from", ALL)] == [0, 1, 2]


def test_a_rollback_takes_back_what_is_known_in_memory(database: Database) -> None:
    database.write(move(TREASURY, "user:a", 10, "fund"))

    def spoilt(tx: Transaction) -> None:
        move("user:a", "user:b", 10, "lost")(tx)
        keep(tx, "k")
        raise InvalidInputError("after a statement")

    with waiting_together(database, [spoilt, move("user:a", "user:c", 10, "kept")]) as futures:
        assert isinstance(futures[0].exception(timeout=60), InvalidInputError)
        assert futures[1].result(timeout=60) == 1
    held = {row["account"]: row["amount"] for row in database.read("balances")}
    assert held == {TREASURY: -10, "user:a": 0, "user:c": 10}
    assert kept(database, ["k"]) == []
