import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.integration.storage.conftest import keep
from workbench.core.errors import (
    ConflictError,
    CorruptHomeError,
    InvalidInputError,
    NewerHomeError,
    ServerUnavailableError,
    WorkbenchError,
)
from workbench.storage.database import Database, Transaction


def stored(database: Database, key: str) -> list[dict[str, Any]]:
    return database.read("idempotent_answer", {"key": key})


def test_what_was_written_is_read_after_opening_again(path: Path) -> None:
    database = Database.open(path)
    assert database.write(lambda tx: keep(tx, "a")) == "a"
    database.close()
    again = Database.open(path)
    assert stored(again, "a") == [{"request_sha256": "a" * 64, "response": "{}"}]
    again.close()
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_now_is_one_recent_utc_instant(database: Database) -> None:
    before = datetime.now(UTC)
    first, second = database.write(lambda tx: (tx.now, tx.now))
    assert first == second
    assert first.tzinfo is UTC
    assert before <= first <= before + timedelta(seconds=60)


def test_a_frame_goes_in_at_once(database: Database) -> None:
    frame = pa.table(
        {"contribution": ["c"] * 3, "position": [0, 1, 2], "task": ["t"] * 3, "sha256": list("abc")}
    )
    database.write(lambda tx: tx.insert_frame("insert_contribution_rows", frame))
    assert database.read("count_contribution_rows", {"id": "c"}) == [{"n_rows": 3}]
    with pytest.raises(ConflictError):
        database.write(lambda tx: tx.insert_frame("insert_contribution_rows", frame))
    assert database.read("count_contribution_rows", {"id": "c"}) == [{"n_rows": 3}]


def test_a_work_that_raises_leaves_nothing(database: Database) -> None:
    def half(tx: Transaction) -> None:
        keep(tx, "half")
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        database.write(half)
    assert stored(database, "half") == []


def test_a_row_the_schema_refuses_is_a_conflict(database: Database) -> None:
    database.write(lambda tx: keep(tx, "a"))
    with pytest.raises(ConflictError, match="Duplicate key"):
        database.write(lambda tx: keep(tx, "a"))


def test_a_transaction_is_dead_after_its_work(database: Database) -> None:
    leaked = database.write(lambda tx: tx)
    with pytest.raises(WorkbenchError, match="after its work"):
        keep(leaked, "late")


def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_ever(database: Database) -> None:
    with pytest.raises(WorkbenchError, match="tried to write"):
        database.write(lambda _: database.write(lambda tx: keep(tx, "inner")))


def test_reading_queries_cannot_write(database: Database) -> None:
    with pytest.raises(ValueError, match="use write"):
        database.read("insert_idempotent_answers", {})


def test_a_reader_does_not_see_what_is_not_committed(database: Database) -> None:
    def look(tx: Transaction) -> tuple[int, int]:
        keep(tx, "open")
        inside = len(tx.execute("idempotent_answer", {"key": "open"}))
        return inside, len(stored(database, "open"))

    assert database.write(look) == (1, 0)


def test_frames_and_rows_say_the_same(database: Database) -> None:
    database.write(lambda tx: keep(tx, "a", "[]"))
    assert database.read_frame("idempotent_answer", {"key": "a"}).to_pylist() == stored(
        database, "a"
    )


def test_a_repeated_request_gets_the_first_answer(database: Database) -> None:
    calls = []

    def answer(tx: Transaction) -> dict[str, Any]:
        calls.append(tx)
        return {"tuple": (1, 2), "n": len(calls)}

    first = database.write_once("key", {"a": 1}, answer)
    assert first == {"tuple": [1, 2], "n": 1}
    assert database.write_once("key", {"a": 1}, answer) == first
    assert len(calls) == 1


def test_a_key_of_another_request_is_a_conflict(database: Database) -> None:
    database.write_once("key", {"a": 1}, lambda _: None)
    with pytest.raises(ConflictError, match="another request"):
        database.write_once("key", {"a": 2}, lambda _: None)


def test_a_failed_request_may_be_sent_again(database: Database) -> None:
    def fail(_: Transaction) -> None:
        raise InvalidInputError("no")

    with pytest.raises(InvalidInputError):
        database.write_once("key", {}, fail)
    assert database.write_once("key", {}, lambda _: "yes") == "yes"


def test_many_threads_with_one_key_do_the_work_once(database: Database) -> None:
    together = threading.Barrier(8)

    def send(_: int) -> Any:
        together.wait(timeout=30)
        return database.write_once("key", {}, lambda tx: keep(tx, "effect"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, range(8))) == ["effect"] * 8
    assert len(stored(database, "effect")) == 1


def test_a_closed_database_says_so(path: Path) -> None:
    database = Database.open(path)
    database.close()
    database.close()
    for use in (
        lambda: database.write(lambda tx: keep(tx, "a")),
        lambda: database.read("migrations"),
        lambda: database.select("select 1"),
    ):
        with pytest.raises(ServerUnavailableError, match="closed"):
            use()


def test_closing_finishes_the_writes_that_wait(path: Path) -> None:
    database = Database.open(path)
    entered, go_on = threading.Event(), threading.Event()

    def wait(tx: Transaction) -> str:
        entered.set()
        assert go_on.wait(timeout=30)
        return keep(tx, "slow")

    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(database.write, wait)
        assert entered.wait(timeout=30)
        closing = pool.submit(database.close)
        go_on.set()
        assert slow.result(timeout=30) == "slow"
        closing.result(timeout=30)
    again = Database.open(path)
    assert len(stored(again, "slow")) == 1
    again.close()


def test_a_second_database_of_this_process_is_refused(database: Database) -> None:
    with pytest.raises(ServerUnavailableError, match="already open in this process"):
        Database.open(database.path)
    database.write(lambda tx: keep(tx, "still"))


def test_a_second_process_is_told_who_holds_the_file(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from workbench.storage.database import Database\n"
        "database = Database.open(Path(sys.argv[1])); print('open', flush=True)\n"
        "sys.stdin.read(); database.close()"
    )
    holder = subprocess.Popen(  # the program above
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(ServerUnavailableError, match=str(holder.pid)) as refused:
            Database.open(path)
        assert refused.value.facts["pid"] == holder.pid
    Database.open(path).close()


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000])
def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CorruptHomeError):
        Database.open(path)
    assert path.read_bytes() == content


def test_a_home_from_the_future_is_refused_and_kept(path: Path) -> None:
    database = Database.open(path)
    database.write(
        lambda tx: tx.execute(
            "add_migration",
            {"version": 9999, "name": "future", "sha256": "f" * 64, "applied_at": tx.now},
        )
    )
    database.close()
    content = path.read_bytes()
    with pytest.raises(NewerHomeError, match="future"):
        Database.open(path)
    assert path.read_bytes() == content


def test_the_folder_is_private(database: Database) -> None:
    assert database.path.parent.stat().st_mode & 0o077 == 0
