"""A row belongs to whoever claimed it first; the order in which people come changes nothing.

The database's rules, on a real DuckDB, against a model of a few lines.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from workbench.core.commitment import commitment_digest
from workbench.core.errors import InvalidMoveError
from workbench.registry.contribution import MOVES, State, move
from workbench.storage.contribution import insert_rows
from workbench.storage.queries import QUERIES
from workbench.storage.schema import schema
from workbench.storage.tail import Tail
from workbench.storage.writer import Transaction
from workbench.workflows.row_claims import settle_claims

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ROWS = "abcdef"
_INSERT_RECORD = "insert into store.record values (?, ?, 'contribution', '', '{}', '', '', ?)"
_INSERT = (
    "insert into store.contribution values "
    "(?, 't', ?, '', 'accepted', '', '', '', '', ?, ?, '{}', ?, ?, ?, ?, null)"
)


class Books:
    """The tables of claims alone, in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for table in ("record", "contribution", "contribution_row", "displaced_row"):
            connection.execute(f"delete from store.{table}")
        self.n_records = 0

    def record(self, name: str) -> str:
        self.connection.execute(_INSERT_RECORD, [self.n_records, name, NOW])
        self.n_records += 1
        return name

    def accept(self, name: str, rows: str, commitment: str | None) -> None:
        record = self.record(f"record of {name}")
        columns = self.connection.execute("select * from store.contribution limit 0").description
        assert [one[0] for one in columns or ()][-4:] == [
            "created_at", "updated_at", "commitment", "counted_sha256",
        ]  # fmt: skip
        n_rows = len(rows)
        values = [name, name, n_rows, n_rows, record, NOW, NOW, commitment]
        self.connection.execute(_INSERT, values)
        self._write(lambda tx: insert_rows(tx, name, "t", list(rows)))
        self._write(lambda tx: settle_claims(tx, "t", name))

    def withdraw(self, name: str) -> None:
        self.connection.execute(
            "update store.contribution set state = 'withdrawn' where id = ?", [name]
        )
        self._write(lambda tx: settle_claims(tx, "t", name))
        self._write(lambda tx: tx.execute("delete_contribution_rows", {"id": name}))

    def owners(self) -> dict[str, str]:
        """Return row → whose it is, as trainings see it."""
        rows = self.connection.execute(
            "select r.sha256, r.contribution from store.contribution_row as r "
            "inner join store.contribution as c on r.contribution = c.id "
            "anti join store.displaced_row as d "
            "on r.contribution = d.contribution and r.position = d.position "
            "where c.state = 'accepted'"
        ).fetchall()
        assert len({row for row, _ in rows}) == len(rows), "a row counts twice"
        return dict(rows)

    def counts(self) -> dict[str, int]:
        found = self.connection.execute(
            "select id, n_rows from store.contribution where state = 'accepted'"
        )
        return dict(found.fetchall())

    def known_before(self, claim: int) -> dict[str, str]:
        sql = QUERIES["known_rows"].sql
        return dict(self.connection.execute(sql, {"task": "t", "claim": claim}).fetchall())

    def _write(self, work: Any) -> None:
        self.connection.begin()
        Transaction(self.connection, Tail(self.connection), Path("books"), NOW).run(work)
        self.connection.commit()


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(schema())
        yield opened


_FILES = st.lists(st.text(ROWS, min_size=1, max_size=4).map(lambda t: "".join(sorted(set(t)))),
                  min_size=2, max_size=5)  # fmt: skip


@given(files=_FILES, data=st.data())
@settings(max_examples=30)
def test_the_order_of_reveals_changes_nothing(
    connection: duckdb.DuckDBPyConnection, files: list[str], data: st.DataObject
) -> None:
    """All have committed; whatever the order in which they come, the earliest has the row."""
    wanted = {row: min(k for k, file in enumerate(files) if row in file) for row in ROWS
              if any(row in file for file in files)}  # fmt: skip
    order = data.draw(st.permutations(range(len(files))))
    books = Books(connection)
    for k in range(len(files)):
        books.record(f"commitment {k}")
    for k in order:
        # The gates leave out what an earlier claim has; what is left comes in.
        known = books.known_before(k)
        rows = "".join(row for row in files[k] if row not in known)
        books.accept(str(k), rows, f"commitment {k}")
    assert {row: int(name) for row, name in books.owners().items()} == wanted


class Claims(RuleBasedStateMachine):
    """People commit, contribute and withdraw, in any order."""

    connection: duckdb.DuckDBPyConnection

    @initialize()
    def start(self) -> None:
        self.books = Books(self.connection)
        # name → (claim, rows), of what is accepted now
        self.model: dict[str, tuple[int, str]] = {}
        self.commitments: list[tuple[int, str]] = []
        self.n_made = 0

    @rule()
    def commit(self) -> None:
        name = f"commitment {self.books.n_records}"
        self.commitments.append((self.books.n_records, self.books.record(name)))

    @rule(file=st.text(ROWS, min_size=1, max_size=6), is_committed=st.booleans())
    def contribute(self, file: str, is_committed: bool) -> None:
        claim, commitment = self.books.n_records, None
        if is_committed and self.commitments:
            claim, commitment = self.commitments.pop(0)
        earlier = {row for seq, rows in self.model.values() if seq < claim for row in rows}
        assert set(self.books.known_before(claim)) == earlier
        rows = "".join(sorted(set(file) - earlier))
        name = f"c{self.n_made}"
        self.n_made += 1
        self.model[name] = claim, rows
        self.books.accept(name, rows, commitment)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.model)))
        del self.model[name]
        self.books.withdraw(name)

    @invariant()
    def the_first_claim_has_the_row(self) -> None:
        if not hasattr(self, "model"):
            return
        wanted: dict[str, str] = {}
        for _, name, rows in sorted((seq, name, rows) for name, (seq, rows) in self.model.items()):
            for row in rows:
                wanted.setdefault(row, name)
        assert self.books.owners() == wanted
        counts = dict.fromkeys(self.model, 0)
        for name in wanted.values():
            counts[name] += 1
        assert self.books.counts() == counts


def test_claims_follow_the_model(connection: duckdb.DuckDBPyConnection) -> None:
    machine = type("Machine", (Claims,), {"connection": connection})
    case = machine.TestCase
    case.settings = settings(max_examples=15, stateful_step_count=12)
    case("runTest").runTest()


@given(path=st.lists(st.sampled_from(get_args(State)), max_size=8))
def test_no_path_through_the_states_leaves_the_table(path: list[State]) -> None:
    """Submitted stays submitted, withdrawn stays withdrawn, and nobody skips the gates."""
    state, seen = "draft", ["draft"]
    for to in path:
        if to in MOVES[state]:
            state = move(state, to)
            seen.append(state)
        else:
            with pytest.raises(InvalidMoveError):
                move(state, to)
    assert seen.count("draft") == 1
    if "accepted" in seen:
        assert seen[:3] == ["draft", "submitted", "checked"]
    assert "withdrawn" not in seen[:-1]
    assert all("withdrawn" in MOVES[one] for one in ("accepted", "quarantined", "refused"))


@given(
    salt=st.text("0123456789abcdef", min_size=64, max_size=64),
    names=st.tuples(*[st.text("abz-_9", min_size=1, max_size=5)] * 4),
)
def test_no_two_commitments_say_the_same(salt: str, names: tuple[str, ...]) -> None:
    task, owner, other_task, other_owner = names
    file = "0" * 64
    same = (task, owner) == (other_task, other_owner)
    assert (
        commitment_digest(salt, task, owner, file)
        == commitment_digest(salt, other_task, other_owner, file)
    ) is same
    assert commitment_digest(salt, task, owner, file) != commitment_digest(
        salt, task, owner, "1" * 64
    )
