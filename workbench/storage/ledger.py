"""The journal: entries are written whole or not at all, in the one writer thread."""

from collections.abc import Iterable

from workbench.core.errors import ConflictError
from workbench.ledger.log import ENTRY, ledger_body
from workbench.ledger.posting import Entry, Posting, touched_balances
from workbench.storage import log
from workbench.storage.database import Transaction


def write_entry(
    tx: Transaction, identity: str, postings: Iterable[Posting], *, kind: str, reason: str
) -> Entry:
    """Write postings as one entry, in the log too, after checking every balance.

    Snapshot isolation would let two withdrawals of 80 from 100 both pass; the check is safe
    because all writes run one after the other in this thread.

    Parameters
    ----------
    identity : id made by whoever asks, so that a retry cannot write the entry twice.
    kind : why money moves, e.g. ``"funding"`` or ``"payout"``.
    reason : content id of the record that moves it.

    Returns
    -------
    Entry
        as it was written.

    Raises
    ------
    InsufficientFundsError
        An account other than the treasury would end below zero.
    ConflictError
        An entry of this id exists.
    """
    lines = list(postings)
    tail = tx.tail
    if tail.may_know_entry(identity) and tx.execute("entry_by_id", {"id": identity}):
        raise ConflictError(f"the entry {identity} is written already")
    after = touched_balances(tail.balances, lines)
    entry = Entry(tail.ends.n_entries, identity, kind, reason, tx.now, lines)
    tail.add_entry(
        (entry.seq, identity, kind, reason, tx.now),
        [
            (identity, ordinal, line.source, line.destination, line.amount)
            for ordinal, line in enumerate(lines)
        ],
        after,
    )
    moved = [(line.source, line.destination, line.amount) for line in lines]
    log.append(tx, ENTRY, ledger_body(identity, kind, reason, moved))
    return entry
