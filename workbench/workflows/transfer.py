"""Transfer: an owner group gives another some of what it has."""

from concurrent.futures import Future
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError
from workbench.core.wire import EntryView
from workbench.ledger.posting import Posting, user_account
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.workflows.holds import expire_due
from workbench.workflows.home import Home
from workbench.workflows.join import signer_in
from workbench.workflows.movement import (
    append_once,
    check_giver,
    check_nonce,
    check_owner,
    entry_view,
    whole_amount,
    written_entry,
)


def transfer(home: Home, envelope_json: dict[str, Any]) -> "Future[EntryView]":
    """Move what a signed record says, once; the same record again gets the same answer.

    Raises
    ------
    ForbiddenError
        The signer does not sign for the owner group that gives.
    NotFoundError
        Nobody signs for the owner group that gets.
    InsufficientFundsError
        There is less than the amount; raised by the future.
    ConflictError
        The nonce was used for another record; raised by the future.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="transfer")
    posting, nonce = _read(home, envelope)

    def write(tx: Transaction) -> EntryView:
        identity, is_new = append_once(tx, envelope, nonce)
        if not is_new:
            return written_entry(tx, identity)
        signer_in(tx, envelope)
        return entry_view(write_entry(tx, identity, [posting], kind="transfer", reason=identity))

    expire_due(home)
    return home.database.write_soon(write)


def _read(home: Home, envelope: Envelope) -> tuple[Posting, str]:
    match envelope.body:
        case {
            "source": str(source),
            "destination": str(destination),
            "amount": str(amount),
            "nonce": str(nonce),
            **rest,
        } if not rest:
            posting = Posting(
                user_account(check_giver(home, envelope, source)),
                user_account(check_owner(home, destination)),
                whole_amount(amount),
            )
            return posting, check_nonce(nonce)
    raise InvalidInputError(
        "the body of a transfer is wrong",
        wanted='{"source", "destination", "amount", "nonce"}, all texts',
    )
