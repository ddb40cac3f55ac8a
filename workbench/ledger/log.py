"""The log: every record and every ledger entry in one chain, which nobody changes unseen."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.ledger.posting import TREASURY
from workbench.ledger.tree import Frontier, leaf_hash

RECORD: Final = "record"
ENTRY: Final = "entry"
START: Final = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True)
class Fault:
    """The first thing that is not as it was written.

    Attributes
    ----------
    seq : of the log entry; None where it is no entry's.
    found, wanted : in words.
    """

    seq: int | None
    found: str
    wanted: str


@dataclass(frozen=True)
class LogRow:
    """An entry as it is stored.

    Attributes
    ----------
    seq : place in the log, from 0.
    kind : ``"record"`` or ``"entry"``, of the ledger.
    entry : canonical JSON.
    prev, head : hash of the entry before, and of this one.
    """

    seq: int
    kind: str
    entry: str
    prev: str
    head: str


def make_row(last: LogRow | None, kind: str, body: Any, now: datetime) -> LogRow:
    """Return the entry that follows the last one.

    Parameters
    ----------
    last : None before the first.
    body : a record's content id, or ``ledger_body``.
    now : UTC, when the record or the ledger entry was written.
    """
    seq, prev = (last.seq + 1, last.head) if last else (0, START)
    return row_at(seq, prev, kind, body, now)


def row_at(seq: int, prev: str, kind: str, body: Any, now: datetime) -> LogRow:
    """Return the entry of a known place; see ``make_row``."""
    time = now.isoformat(timespec="microseconds")
    entry = canonical_bytes({kind: body, "kind": kind, "prev": prev, "seq": seq, "time": time})
    return LogRow(seq, kind, entry.decode(), prev, sha256_hex(entry))


def ledger_body(
    identity: str, kind: str, reason: str, postings: Iterable[tuple[str, str, int]]
) -> dict[str, Any]:
    """Return what the log says of a ledger entry.

    Parameters
    ----------
    postings : source, destination and amount of each; amounts travel as strings.
    """
    lines = [
        {"source": source, "destination": destination, "amount": str(amount)}
        for source, destination, amount in postings
    ]
    return {"id": identity, "kind": kind, "reason": reason, "postings": lines}


class Walk:
    """The log as far as it was read, from its first entry."""

    def __init__(self) -> None:
        self.head = START
        self.tree = Frontier()

    def step(self, row: LogRow) -> Fault | None:
        """Take the next entry, or say why it cannot be the one that was written."""
        seq = self.tree.size
        if row.seq != seq:
            return Fault(seq, f"entry {row.seq} follows here", f"entry {seq}")
        if (digest := sha256_hex(row.entry.encode())) != row.head:
            return Fault(seq, f"its bytes hash to {digest}", f"its head {row.head}")
        if row.prev != self.head:
            return Fault(seq, f"it follows {row.prev}", f"the head before it, {self.head}")
        stated = _stated(row.entry)
        if stated != (seq, row.prev, row.kind):
            wanted = f"entry {seq}, a {row.kind}, after {row.prev}"
            return Fault(seq, f"its text says (seq, prev, kind) = {stated}", wanted)
        self.head = row.head
        self.tree.append(leaf_hash(row.entry.encode()))
        return None


def _stated(entry: str) -> tuple[Any, Any, Any] | None:
    try:
        match json.loads(entry):
            case {"seq": seq, "prev": prev, "kind": kind}:
                return seq, prev, kind
    except (ValueError, RecursionError):
        return None
    return None


def replay(balances: dict[str, int], entry: str) -> str | None:
    """Move what a ledger entry of the log moves; return an account that it overdraws, if any.

    Parameters
    ----------
    balances : changed in place.
    entry : canonical JSON of the log.
    """
    touched = set()
    for line in json.loads(entry)[ENTRY]["postings"]:
        amount = int(line["amount"])
        for account, change in ((line["source"], -amount), (line["destination"], amount)):
            balances[account] = balances.get(account, 0) + change
            touched.add(account)
    return min((a for a in touched if balances[a] < 0 and a != TREASURY), default=None)
