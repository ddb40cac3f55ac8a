"""The ends of the tables that only grow: what the writer knows of them without asking.

Each statement costs DuckDB more than the row that it writes. So rows of the log, of records and
of the ledger wait here and go in together, one statement a table, before the commit and before
any statement that might look for them. What a work needs to know of earlier rows stays in
memory; a work that fails takes back what it added, and nobody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa

from workbench.ledger.log import START, LogRow
from workbench.storage.queries import QUERIES
from workbench.storage.rows import Row, fetch_rows

_INSTANT: Final = pa.timestamp("us", tz="UTC")
_TEXT: Final = pa.string()
_NUMBER: Final = pa.int64()
# A frame costs a millisecond before its first row, lists more for each.
_FEW: Final = 500

# Table: the queries that add lists of values and a frame to it, and its columns.
_TABLES: Final[Mapping[str, tuple[str, str, pa.Schema]]] = {
    "record": (
        "insert_few_records",
        "insert_records",
        pa.schema(
            [("seq", _NUMBER), ("content_id", _TEXT), ("kind", _TEXT), ("author", _TEXT),
             ("envelope", _TEXT), ("previous", _TEXT), ("head", _TEXT), ("created_at", _INSTANT)]
        ),
    ),
    "log": (
        "insert_few_logged",
        "insert_logged",
        pa.schema(
            [("seq", _NUMBER), ("kind", _TEXT), ("entry", _TEXT), ("prev", _TEXT), ("head", _TEXT)]
        ),
    ),
    "entry": (
        "insert_few_entries",
        "insert_entries",
        pa.schema(
            [("seq", _NUMBER), ("id", _TEXT), ("kind", _TEXT), ("reason", _TEXT),
             ("created_at", _INSTANT)]
        ),
    ),
    "posting": (
        "insert_few_postings",
        "insert_postings",
        pa.schema(
            [("entry", _TEXT), ("ordinal", pa.int32()), ("source", _TEXT),
             ("destination", _TEXT), ("amount", _NUMBER)]
        ),
    ),
    "idempotency": (
        "insert_few_answers",
        "insert_idempotent_answers",
        pa.schema(
            [("key", _TEXT), ("request_sha256", _TEXT), ("response", _TEXT),
             ("created_at", _INSTANT)]
        ),
    ),
}  # fmt: skip


class Ends(NamedTuple):
    """Where the chains end.

    Attributes
    ----------
    logged : the last entry of the log; None before the first.
    n_records, record_head : how many records there are, and the head of the last.
    n_entries : how many ledger entries there are.
    """

    logged: LogRow | None
    n_records: int
    record_head: str
    n_entries: int


@dataclass(frozen=True)
class Mark:
    """A moment to which a tail can go back."""

    ends: Ends | None
    n_changes: int
    n_flushes: int
    lengths: tuple[int, ...]


class Tail:
    """Rows that wait for the commit, and what is known of those before; the writer thread's own.

    Parameters
    ----------
    cursor : the writing one, inside its transaction.

    Attributes
    ----------
    kept : what queries answered since any other table was changed, or a change was undone.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        self._n_flushes = 0
        self._ends: Ends | None = None
        self._balances: dict[str, int] | None = None
        # What accounts held before the changes of this group, oldest first.
        self._changes: list[tuple[str, int | None]] = []
        # Hashes of ids, of committed and of given up ones: what is not in here is surely new.
        self._known: dict[str, set[int]] = {}
        self._new_records: set[str] = set()
        self._is_forgotten = False
        self.kept: dict[tuple[Any, ...], list[Row]] = {}

    @property
    def ends(self) -> Ends:
        """Where the chains end now, rows that wait included."""
        if self._ends is None:
            logged = self._select("last_logged")
            last = self._select("last_record")
            self._ends = Ends(
                LogRow(**logged[0]) if logged else None,
                last[0]["seq"] + 1 if last else 0,
                last[0]["head"] if last else START,
                self._select("next_entry")[0]["seq"],
            )
        return self._ends

    @property
    def balances(self) -> Mapping[str, int]:
        """What accounts hold now, in µcr, rows that wait included."""
        return self._held()

    def may_know(self, kind: str, identity: str) -> bool:
        """Say whether a record or key may be there already; when not, it surely is new.

        Parameters
        ----------
        kind : the query that lists all ids of the kind.
        """
        return hash(identity) in self._ids(kind)

    def may_know_entry(self, identity: str) -> bool:
        """Say whether a ledger entry of this id may be there already.

        Most entries are named by the record that moves them: where that is new, so is the entry.
        """
        if identity in self._new_records:
            return False
        return self.may_know("record_ids", identity) or self.may_know("other_entry_ids", identity)

    def add_logged(self, row: LogRow) -> None:
        """Add the next entry of the log."""
        self._ends = self.ends._replace(logged=row)
        self._rows["log"].append((row.seq, row.kind, row.entry, row.prev, row.head))

    def add_record(self, row: tuple[Any, ...]) -> None:
        """Add the next record: values in the order of the table's columns."""
        ends = self.ends
        self._ends = ends._replace(n_records=ends.n_records + 1, record_head=row[6])
        self._ids("record_ids").add(hash(row[1]))
        self._new_records.add(row[1])
        self._rows["record"].append(row)

    def add_entry(
        self,
        row: tuple[Any, ...],
        postings: list[tuple[Any, ...]],
        balances: Mapping[str, int],
    ) -> None:
        """Add the next ledger entry.

        Parameters
        ----------
        row, postings : values in the order of the tables' columns.
        balances : what the accounts that it touches hold after it.
        """
        held = self._held()
        for account, amount in balances.items():
            self._changes.append((account, held.get(account)))
            held[account] = amount
        self._ends = self.ends._replace(n_entries=self.ends.n_entries + 1)
        if row[1] not in self._new_records:
            self._ids("other_entry_ids").add(hash(row[1]))
        self._rows["entry"].append(row)
        self._rows["posting"] += postings

    def add_answer(self, row: tuple[Any, ...]) -> None:
        """Add the answer that a key got: values in the order of the table's columns."""
        self._ids("idempotency_keys").add(hash(row[0]))
        self._rows["idempotency"].append(row)

    def flush(self) -> None:
        """Write the rows that wait, one statement a table."""
        if not any(self._rows.values()):
            return
        self._n_flushes += 1
        for table, (few, many, schema) in _TABLES.items():
            if rows := self._rows[table]:
                columns = [list(values) for values in zip(*rows, strict=True)]
                if len(rows) <= _FEW:
                    lists = dict(zip(schema.names, columns, strict=True))
                    self._cursor.execute(QUERIES[few].sql, lists)
                else:
                    arrays = [
                        pa.array(values, kind)
                        for values, kind in zip(columns, schema.types, strict=True)
                    ]
                    self._cursor.register("frame", pa.Table.from_arrays(arrays, schema=schema))
                    self._cursor.execute(QUERIES[many].sql)
                    self._cursor.unregister("frame")
                rows.clear()

    def mark(self) -> Mark:
        """Return this moment."""
        lengths = tuple(len(rows) for rows in self._rows.values())
        return Mark(self._ends, len(self._changes), self._n_flushes, lengths)

    def has_rows_since(self, mark: Mark) -> bool:
        """Say whether rows wait that were added after a moment."""
        return self.mark().lengths != self._lengths(mark)

    def undo(self, mark: Mark) -> None:
        """Go back to a moment: rows that wait since then, ends and balances.

        Rows that were flushed since then only a rollback takes back.
        """
        for rows, length in zip(self._rows.values(), self._lengths(mark), strict=True):
            del rows[length:]
        self._ends = mark.ends
        while len(self._changes) > mark.n_changes:
            account, amount = self._changes.pop()
            if self._balances is None:
                continue
            if amount is None:
                del self._balances[account]
            else:
                self._balances[account] = amount

    def forget(self) -> None:
        """Ask the tables again from now on, and once more after the transaction."""
        self._is_forgotten = True
        self._ends = None
        self._balances = None
        self._known.clear()

    def settle(self) -> None:
        """Forget how to go back: the transaction was committed or rolled back."""
        self._changes.clear()
        self._new_records.clear()
        if self._is_forgotten:
            self.forget()
            self._is_forgotten = False

    def _held(self) -> dict[str, int]:
        if self._balances is None:
            self._balances = {row["account"]: row["amount"] for row in self._select("balances")}
        return self._balances

    def _lengths(self, mark: Mark) -> tuple[int, ...]:
        return mark.lengths if mark.n_flushes == self._n_flushes else (0,) * len(_TABLES)

    def _ids(self, kind: str) -> set[int]:
        known = self._known.get(kind)
        if known is None:
            self._cursor.execute(QUERIES[kind].sql)
            known = self._known[kind] = {hash(identity) for (identity,) in self._cursor.fetchall()}
        return known

    def _select(self, name: str) -> list[dict[str, Any]]:
        self._cursor.execute(QUERIES[name].sql)
        return fetch_rows(self._cursor)
