"""The chain of signed records."""

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.ledger.log import RECORD
from workbench.storage import log
from workbench.storage.database import Transaction


def append(tx: Transaction, envelope: Envelope) -> tuple[str, bool]:
    """Append a verified record to the chain, and to the log.

    Each head hashes the one before, so that nothing behind a known head can change unseen.

    Returns
    -------
    tuple of the record's content id and whether it is new; the same record is never
    appended twice.
    """
    identity = envelope.content_id
    if tx.tail.may_know("record_ids", identity) and tx.execute(
        "record_by_content_id", {"content_id": identity}
    ):
        return identity, False
    ends = tx.tail.ends
    seq, previous = ends.n_records, ends.record_head
    head = content_id({"seq": seq, "previous": previous, "content_id": identity})
    text = envelope.canonical.decode()
    tx.tail.add_record(
        (seq, identity, envelope.kind, envelope.author, text, previous, head, tx.now)
    )
    log.append(tx, RECORD, identity)
    return identity, True
