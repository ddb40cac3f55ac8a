"""The chain of signed records."""

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.ledger.log import RECORD
from workbench.storage import log
from workbench.storage.database import Transaction

_START = "0" * 64


def append(tx: Transaction, envelope: Envelope) -> tuple[str, bool]:
    """Append a verified record to the chain, and to the log.

    Each head hashes the one before, so that nothing behind a known head can change unseen.

    Returns
    -------
    tuple of the record's content id and whether it is new; the same record is never
    appended twice.
    """
    identity = envelope.content_id
    if tx.execute("record_by_content_id", {"content_id": identity}):
        return identity, False
    last = tx.execute("last_record")
    seq, previous = (last[0]["seq"] + 1, last[0]["head"]) if last else (0, _START)
    head = content_id({"seq": seq, "previous": previous, "content_id": identity})
    tx.execute(
        "insert_record",
        {
            "seq": seq,
            "content_id": identity,
            "kind": envelope.kind,
            "author": envelope.author,
            "envelope": canonical_bytes(envelope.to_json()).decode(),
            "previous": previous,
            "head": head,
            "created_at": tx.now,
        },
    )
    log.append(tx, RECORD, identity)
    return identity, True
