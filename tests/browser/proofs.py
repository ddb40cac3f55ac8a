"""A signed log that pays an epoch, as a server writes one."""

import json
from datetime import UTC, datetime, timedelta

from workbench.core.keys import PrivateKey
from workbench.core.wire import EpochView
from workbench.ledger.head import TreeHead
from workbench.ledger.log import ENTRY, RECORD, LogRow, ledger_body, make_row
from workbench.ledger.proof import prove_inclusion
from workbench.ledger.tree import Frontier, leaf_hash
from workbench.pages import Checking
from workbench.pages.checking import EntryKind

KEY = PrivateKey(bytes(range(32)))
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def checking(epoch: EpochView, kind: EntryKind = "payout", n_before: int = 20) -> Checking:
    """Return what an epoch's pages check: a log of records, its ledger entry, and more records.

    Parameters
    ----------
    kind : of the entry; those that are no payout move the pool as a whole.
    n_before : entries before it.
    """
    pool, sponsor = f"pool:{epoch.task}", "user:sponsor"
    moves = [
        (pool, f"user:{row.owner}", int(row.amount)) for row in epoch.payouts if int(row.amount)
    ]
    moves += [(pool, sponsor, int(epoch.returned))] if int(epoch.returned) else []
    if kind == "hold":
        moves = [(pool, f"hold:{epoch.id}", int(epoch.pool))]
    if kind == "void":
        moves = [(f"hold:{epoch.id}", pool, int(epoch.pool))]
    name = epoch.id if kind == "hold" else f"{epoch.id}:settled"
    rows: list[LogRow] = []
    for number in range(2 * n_before + 1):
        at = AT + timedelta(seconds=number)
        paid = number == n_before
        body = ledger_body(name, kind, epoch.id, moves) if paid else f"{number:064x}"
        rows.append(make_row(rows[-1] if rows else None, ENTRY if paid else RECORD, body, at))
    leaves = [leaf_hash(row.entry.encode()) for row in rows]
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    head = json.loads(TreeHead.of(tree, KEY, AT + timedelta(hours=1)).signed(KEY))
    proof = prove_inclusion(leaves, n_before, rows[n_before].entry, None, head)
    return Checking(epoch.id, kind, proof)
