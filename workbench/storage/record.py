"""The chain of signed records."""

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.ledger.log import RECORD
from workbench.storage import log
from workbench.storage.database import Transaction


def append(
    tx: Transaction, envelope: Envelope, *, of_another_home: bool = False
) -> tuple[str, bool]:
    """Append a verified record to the chain, and to the log.

    Each head hashes the one before, so that nothing behind a known head can change unseen.

    Parameters
    ----------
    of_another_home : it came in a bundle, and is recorded as what was signed elsewhere.

    Returns
    -------
    tuple of the record's content id and whether it is new; the same record is never
    appended twice.

    Raises
    ------
    SignatureError
        It is new, and was signed for another home or for none.
    """
    identity = envelope.content_id
    if tx.tail.may_know("record_ids", identity) and tx.execute(
        "record_by_content_id", {"content_id": identity}
    ):
        return identity, False
    if tx.home is not None and not of_another_home:
        envelope.check_home(tx.home)
    ends = tx.tail.ends
    seq, previous = ends.n_records, ends.record_head
    head = content_id({"seq": seq, "previous": previous, "content_id": identity})
    text = envelope.canonical.decode()
    tx.tail.add_record(
        (seq, identity, envelope.kind, envelope.author, text, previous, head, tx.now)
    )
    log.append(tx, RECORD, identity)
    return identity, True
