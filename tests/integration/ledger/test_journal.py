"""The journal in the database: entries whole or not at all, records chained."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, InsufficientFundsError
from workbench.core.keys import PrivateKey
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage import record
from workbench.storage.database import Database
from workbench.storage.ledger import write_entry


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "workbench.duckdb")
    yield opened
    opened.close()


def entry(database: Database, identity: str, *postings: Posting) -> None:
    database.write(
        lambda tx: write_entry(tx, identity, postings, kind="test", reason="a test moves it")
    )


def balances(database: Database) -> dict[str, int]:
    return {row["account"]: row["amount"] for row in database.read("balances")}


def test_credits_move_and_none_are_made(database: Database) -> None:
    entry(database, "1", Posting(TREASURY, "pool:t", 100))
    entry(database, "2", Posting("pool:t", "user:a", 60), Posting("pool:t", "user:b", 40))

    assert balances(database) == {TREASURY: -100, "pool:t": 0, "user:a": 60, "user:b": 40}


def test_an_overdraft_leaves_nothing_of_its_entry(database: Database) -> None:
    entry(database, "1", Posting(TREASURY, "pool:t", 100))

    with pytest.raises(InsufficientFundsError):
        entry(database, "2", Posting("pool:t", "user:a", 60), Posting("pool:t", "user:b", 41))

    assert balances(database) == {TREASURY: -100, "pool:t": 100}
    assert [row["id"] for row in database.select("select id from entry", []).to_pylist()] == ["1"]


def test_an_entry_is_written_once(database: Database) -> None:
    entry(database, "1", Posting(TREASURY, "pool:t", 100))

    with pytest.raises(ConflictError, match="written already"):
        entry(database, "1", Posting(TREASURY, "pool:t", 100))

    assert balances(database)["pool:t"] == 100


def test_of_racing_withdrawals_only_what_is_there_is_paid(database: Database) -> None:
    entry(database, "fund", Posting(TREASURY, "pool:t", 100))

    def withdraw(number: int) -> bool:
        try:
            entry(database, f"w{number}", Posting("pool:t", f"user:{number}", 80))
        except InsufficientFundsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        paid = list(threads.map(withdraw, range(8)))

    assert sum(paid) == 1
    assert balances(database)["pool:t"] == 20


def test_amounts_larger_than_a_float_holds_stay_exact(database: Database) -> None:
    amount = 2**53 + 1
    entry(database, "1", Posting(TREASURY, "pool:t", amount))
    entry(database, "2", Posting(TREASURY, "pool:t", amount))

    assert balances(database)["pool:t"] == 2 * amount


def test_each_record_is_chained_to_the_one_before(database: Database) -> None:
    key = PrivateKey.make()
    for number in range(3):
        envelope = Envelope.sign("note", {"number": number}, key)
        database.write(lambda tx, envelope=envelope: record.append(tx, envelope))

    rows = database.select("select * from record order by seq", []).to_pylist()
    previous = "0" * 64
    for seq, row in enumerate(rows):
        assert (row["seq"], row["previous"]) == (seq, previous)
        link = {"seq": seq, "previous": previous, "content_id": row["content_id"]}
        previous = content_id(link)
        assert row["head"] == previous


def test_the_same_record_is_appended_once(database: Database) -> None:
    envelope = Envelope.sign("note", {"number": 1}, PrivateKey.make())

    first = database.write(lambda tx: record.append(tx, envelope))
    second = database.write(lambda tx: record.append(tx, envelope))

    assert first == (envelope.content_id, True)
    assert second == (envelope.content_id, False)
