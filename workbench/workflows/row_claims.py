"""Claims: whose a row is that several accepted contributions hold, and what then counts."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.wire import Finding
from workbench.intake.codes import finding
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.home import Home

_CODE: Final = "earlier-commitment"


def settle_claims(tx: Transaction, task: str, contribution: str) -> None:
    """Say again whose the rows are that a contribution shares with others.

    Called in the transaction that accepts or withdraws it, before its own rows are deleted. A
    row belongs to the accepted contribution that claims it first: whatever the order in which
    contributions come and go, the same ones give the same owners.
    """
    shared = {"task": task, "id": contribution}
    tx.execute("forget_displaced_rows", shared)
    tx.execute("displace_rows", shared)
    tx.execute("mark_uncounted", shared | {"now": tx.now})


def count_rows(home: Home, task: str | None = None) -> None:
    """Make the file of rows that count for each contribution whose claims have moved.

    The server signs which rows count now. Whoever needs rows calls it first: a crash between
    a change of claims and this leaves nothing undone.
    """
    for row in home.database.read("uncounted_contributions", {"task": task}):
        _count(home, row)


def _count(home: Home, row: Row) -> None:
    asked = {"id": row["id"]}
    displaced = home.database.read("displaced_rows_of", asked)
    digest = row["rows_sha256"]
    if displaced:
        without = {one["position"] for one in displaced}
        digest, _ = home.blobs.put(_lines(home.blobs.path(digest), without))
    owners = Counter(one["owner"] for one in displaced)

    def write(tx: Transaction) -> None:
        now = [one for one in tx.execute("uncounted_contributions", {"task": row["task"]})
               if one["id"] == row["id"]]  # fmt: skip
        if not now or tx.execute("displaced_rows_of", asked) != displaced:
            # It has moved again, or was counted by somebody else: the next call sees to it.
            return
        before = tx.execute("counted_records", {"id": row["id"]})
        last = before[-1]["content_id"] if before else None
        if not before or before[-1]["rows_sha256"] != digest:
            body = {"contribution": row["id"], "task": row["task"], "owner": row["owner"]}
            body |= {"rows_sha256": digest, "n_rows": now[0]["n_rows"], "previous": last}
            record.append(tx, Envelope.sign("counted", body, home.key))
        values = {"id": row["id"], "findings": _findings(row["findings"], owners)}
        values["counted_sha256"] = digest if displaced else None
        tx.execute("count_contribution", values)

    home.database.write(write)


def _findings(text: str, owners: Counter[str]) -> str:
    """Return a contribution's findings with what is to say now of rows that others have."""
    kept = [one for one in json.loads(text)["findings"] if one["code"] != _CODE]
    kept += [
        finding(_CODE, n_rows=n_rows, owner=owner).model_dump()
        for owner, n_rows in sorted(owners.items())
    ]
    return canonical_bytes(json.loads(text) | {"findings": kept}).decode()


def with_finding(text: str, new: Finding) -> str:
    """Return a contribution's findings, as they are stored, with one more."""
    stored: dict[str, Any] = json.loads(text)
    found = [*stored["findings"], new.model_dump()]
    return canonical_bytes(stored | {"findings": found}).decode()


def _lines(path: Path, without: set[int]) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from (line for position, line in enumerate(lines) if position not in without)
