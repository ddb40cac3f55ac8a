"""The journal: entries are written whole or not at all, in the one writer thread."""

from collections.abc import Iterable

from workbench.core.errors import ConflictError
from workbench.ledger.log import ENTRY, ledger_body
from workbench.ledger.posting import Posting, apply_postings
from workbench.storage import log
from workbench.storage.database import Transaction


def write_entry(
    tx: Transaction, identity: str, postings: Iterable[Posting], *, kind: str, reason: str
) -> None:
    """Write postings as one entry, in the log too, after checking every balance.

    Snapshot isolation would let two withdrawals of 80 from 100 both pass; the check is safe
    because all writes run one after the other in this thread.

    Parameters
    ----------
    identity : id made by whoever asks, so that a retry cannot write the entry twice.
    kind : why money moves, e.g. ``"funding"`` or ``"payout"``.
    reason : content id of the record that moves it.

    Raises
    ------
    InsufficientFundsError
        An account other than the treasury would end below zero.
    ConflictError
        An entry of this id exists.
    """
    lines = list(postings)
    if tx.execute("entry_by_id", {"id": identity}):
        raise ConflictError(f"the entry {identity} is written already")
    balances = {row["account"]: row["amount"] for row in tx.execute("balances")}
    apply_postings(balances, lines)
    [row] = tx.execute("next_entry")
    tx.execute(
        "insert_entry",
        {"seq": row["seq"], "id": identity, "kind": kind, "reason": reason, "now": tx.now},
    )
    for ordinal, posting in enumerate(lines):
        tx.execute(
            "insert_posting",
            {
                "entry": identity,
                "ordinal": ordinal,
                "source": posting.source,
                "destination": posting.destination,
                "amount": posting.amount,
            },
        )
    moved = [(line.source, line.destination, line.amount) for line in lines]
    log.append(tx, ENTRY, ledger_body(identity, kind, reason, moved))
