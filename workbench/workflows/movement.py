"""What every signed movement of money shares: its amount, its nonce, its entry."""

from typing import Final

from workbench.core.canonical import canonical_bytes
from workbench.core.credits import MAX_AMOUNT
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.wire import EntryView, PostingView
from workbench.ledger.posting import Entry
from workbench.storage import answers, record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.join import signer

_MOST_NONCE: Final = 200


def whole_amount(text: str) -> int:
    """Return an amount of a record, in µcr.

    Raises
    ------
    InvalidInputError
        It is no whole number above 0 that a bigint holds, as canonical text.
    """
    is_whole = text.isascii() and text.isdigit() and text[0] != "0"
    if is_whole and len(text) <= len(str(MAX_AMOUNT)) and int(text) <= MAX_AMOUNT:
        return int(text)
    raise InvalidInputError(
        f"the amount is {text!r:.40}", wanted="whole µcr above 0, without leading zeros"
    )


def append_once(tx: Transaction, envelope: Envelope, nonce: str) -> tuple[str, bool]:
    """Append a record that moves money; its author's nonce is good for this one alone.

    Returns
    -------
    tuple of the record's content id and whether it is new.

    Raises
    ------
    ConflictError
        The author used the nonce for another record.
    """
    identity = envelope.content_id
    # A blank is in no key that a client may choose as its Idempotency-Key.
    key = f"ledger {envelope.author} {nonce}"
    try:
        known = answers.find(tx, key, identity)
    except ConflictError as error:
        raise ConflictError(
            f"the nonce {nonce[:80]!r} was used for another {envelope.kind} or its like",
            wanted="a new nonce for a new record",
            next_step="sign again with another nonce; nothing was moved",
        ) from error
    if known is not None:
        return identity, False
    identity, is_new = record.append(tx, envelope)
    if is_new:
        answers.keep(tx, key, identity, canonical_bytes(identity).decode())
    return identity, is_new


def check_nonce(nonce: str) -> str:
    """Return a nonce of a record if it is one.

    Raises
    ------
    InvalidInputError
        It is empty or too long.
    """
    if not 0 < len(nonce) <= _MOST_NONCE:
        raise InvalidInputError(
            f"the nonce has {len(nonce)} characters", wanted=f"1 to {_MOST_NONCE}"
        )
    return nonce


def check_owner(home: Home, owner: str) -> str:
    """Return the name of an owner group for whom somebody signs.

    Raises
    ------
    NotFoundError
        Nobody has joined for it: whatever it got could never be moved.
    """
    if not home.database.read_kept("is_owner", {"owner": owner})[0]["found"]:
        raise NotFoundError(
            f"no owner group is called {owner[:80]!r}",
            wanted="an owner group for whom somebody has joined",
            next_step="see: workbench sql 'select name, owner from principal'",
        )
    return owner


def check_giver(home: Home, envelope: Envelope, owner: str) -> str:
    """Return the owner group that gives, for whom the record's signer has to sign.

    Raises
    ------
    ForbiddenError
        It signs for another one.
    """
    signs_for = signer(home, envelope).owner
    if signs_for != owner:
        raise ForbiddenError(
            f"the signer signs for {signs_for}, not for {owner[:80]}",
            wanted=f"a {envelope.kind} of {signs_for}",
            next_step="sign as somebody of the owner group that gives",
        )
    return owner


def entry_view(entry: Entry) -> EntryView:
    """Return an entry as it travels."""
    postings = [
        PostingView(source=p.source, destination=p.destination, amount=str(p.amount))
        for p in entry.postings
    ]
    return EntryView(
        seq=entry.seq,
        id=entry.id,
        kind=entry.kind,
        reason=entry.reason,
        postings=postings,
        created_at=entry.created_at,
    )


def written_entry(tx: Transaction, identity: str) -> EntryView:
    """Return the entry that a record has moved.

    Raises
    ------
    ConflictError
        It has moved nothing here: it came in another way, such as in a bundle.
    """
    rows = tx.execute("entry_with_postings", {"id": identity})
    if not rows:
        raise ConflictError(
            f"the record {identity[:16]}… is known here and has moved nothing",
            wanted="a record that was signed for this home",
            next_step="sign again with another nonce",
        )
    first = rows[0]
    return EntryView(
        seq=first["seq"],
        id=first["id"],
        kind=first["kind"],
        reason=first["reason"],
        postings=[
            PostingView(
                source=row["source"], destination=row["destination"], amount=str(row["amount"])
            )
            for row in rows
        ],
        created_at=first["created_at"],
    )
