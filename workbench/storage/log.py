"""The log in the database: each record and each ledger entry, in the transaction that writes it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.ledger.log import ENTRY, LogRow, ledger_body, make_row
from workbench.storage.database import Database, Transaction
from workbench.storage.rows import Row

# Rows read at once: enough to be quick, few enough for any memory.
_N_ROWS = 5_000


def append(tx: Transaction, kind: str, body: Any) -> None:
    """Append a record's content id, or the body of a ledger entry, to the log.

    Raises
    ------
    CorruptHomeError
        The log is not the one whose head was signed: nothing may be built on it.
    """
    row = make_row(tx.tail.ends.logged, kind, body, tx.now)
    tx.tail.add_logged(row)
    tx.logged([row.entry.encode()])


def fill(tx: Transaction) -> None:
    """Write the log of a home that is older than it, from what the home has, once."""
    if tx.tail.ends.logged:
        return
    postings = postings_of(tx.execute("postings_between", {"first": 0, "until": 2**62}))
    for one in tx.execute("history"):
        body = one["id"]
        if one["kind"] == ENTRY:
            body = ledger_body(body, one["entry_kind"], one["reason"], postings[one["seq"]])
        row = make_row(tx.tail.ends.logged, one["kind"], body, one["created_at"])
        tx.tail.add_logged(row)
        tx.logged([row.entry.encode()])


def read(database: Database, end: int) -> Iterator[list[LogRow]]:
    """Yield the entries before ``end``, oldest first, some thousand at a time."""
    first = 0
    while first < end:
        found = database.read("logged_from", {"first": first, "until": end, "n_rows": _N_ROWS})
        if not found:
            return
        yield [LogRow(**row) for row in found]
        first = found[-1]["seq"] + 1


def postings_of(rows: Iterable[Row]) -> dict[int, list[tuple[str, str, int]]]:
    """Return source, destination and amount of postings, by the numbers of their entries."""
    found: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for row in rows:
        found[row["seq"]].append((row["source"], row["destination"], row["amount"]))
    return found
