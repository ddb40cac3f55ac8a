"""Laws of the ledger: whatever is asked, in whatever order, credits are neither made nor lost."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import (
    ConflictError,
    InsufficientFundsError,
    InvalidInputError,
    InvalidMoveError,
)
from workbench.ledger.hold import Hold
from workbench.ledger.posting import TREASURY, Posting, apply_postings
from workbench.storage.database import Database, Transaction
from workbench.storage.ledger import write_entry

NOW = datetime(2026, 12, 1, tzinfo=UTC)
moves = st.lists(
    st.tuples(
        st.sampled_from(["settle", "void", "expire"]),
        st.integers(1, 12),
        st.integers(0, 20).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    ),
    max_size=6,
)


@given(st.integers(1, 10), moves)
def test_a_hold_ends_once_and_gives_out_what_it_took_in(amount: int, asked: Any) -> None:
    hold = Hold("h", "ana", "ben", amount, NOW + timedelta(minutes=10))
    balances = apply_postings({"user:ana": 10}, hold.opening(NOW))
    n_ends = 0
    for move, taken, now in asked:
        act: Callable[[], list[Posting]] = {
            "settle": lambda taken=taken, now=now, hold=hold: hold.settle(taken, now),
            "void": lambda now=now, hold=hold: hold.void(now),
            "expire": lambda now=now, hold=hold: hold.expire(now),
        }[move]
        try:
            postings = act()
        except InvalidMoveError:
            continue
        state = {"settle": "settled", "void": "void", "expire": "expired"}[move]
        assert (state == "expired") == (now >= hold.expires_at)
        balances = apply_postings(balances, postings)
        hold = replace(hold, state=state)
        n_ends += 1
    assert n_ends <= 1
    assert balances["hold:h"] == (0 if n_ends else amount)
    assert sum(balances.values()) == 10
    assert min(balances.values()) >= 0


accounts = st.sampled_from([TREASURY, "user:a", "user:b", "pool:t"])
entries = st.tuples(
    st.integers(0, 6).map(str),
    st.lists(st.tuples(accounts, accounts, st.integers(1, 9)), min_size=1, max_size=3),
    # A work may fail after its entry, with or without a statement that went to the database.
    st.sampled_from(["", "", "", "raise", "look and raise"]),
)


@settings(max_examples=40)
@given(st.lists(st.lists(entries, min_size=1, max_size=4), max_size=5), st.booleans())
def test_the_tables_hold_what_a_plain_model_holds(groups: Any, reopens: bool) -> None:
    """Entries come several a transaction; some are refused, some works fail after them."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "workbench.duckdb")
        model: dict[str, int] = {}
        written: list[str] = []
        for group in groups:
            for identity, lines, end in group:
                expected = _expected(model, written, identity, lines)
                done = database.write_soon(_work(identity, lines, end))
                error = done.exception(timeout=60)
                if expected is None or end:
                    assert error is not None
                    continue
                assert error is None
                model = expected
                written.append(identity)
            if reopens:
                database.close()
                database = Database.open(Path(folder) / "workbench.duckdb")
        held = {row["account"]: row["amount"] for row in database.read("balances")}
        logged = database.read("logged_from", {"first": 0, "until": 2**62, "n_rows": 100})
        ids = [
            row["id"] for row in database.select("select id from entry order by seq").to_pylist()
        ]
        database.close()
    assert held == model
    assert sum(held.values()) == 0
    assert all(amount >= 0 for account, amount in held.items() if account != TREASURY)
    assert ids == written
    assert [row["seq"] for row in logged] == list(range(len(written)))


def _expected(
    model: dict[str, int], written: list[str], identity: str, lines: Any
) -> dict[str, int] | None:
    if identity in written:
        return None
    try:
        return apply_postings(model, [Posting(*line) for line in lines])
    except (InsufficientFundsError, InvalidInputError):
        return None


def _work(identity: str, lines: Any, end: str) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        postings = [Posting(*line) for line in lines]
        write_entry(tx, identity, postings, kind="test", reason="r")
        if end == "look and raise":
            tx.execute("balances")
        if end:
            raise ConflictError("changed its mind")

    return work
