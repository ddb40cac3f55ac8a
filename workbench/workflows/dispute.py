"""Dispute: an owner's signed word stops an epoch, and somebody else's decides on it."""

from datetime import datetime
from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.wire import EpochView
from workbench.ledger.epoch import DISMISS, UPHOLD
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.join import signer, signer_in
from workbench.workflows.pay import get_epoch
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.settle import read_epoch, settle, window_of

_MAX_REASON: Final = 2_000


def dispute_epoch(
    home: Home, epoch_id: str, envelope_json: dict[str, Any], now: datetime
) -> EpochView:
    """Stop an epoch that is provisional; the same record again changes nothing.

    Parameters
    ----------
    epoch_id : the epoch's whole id.
    now : UTC.

    Raises
    ------
    ForbiddenError
        The signer's owner group was not valued in the epoch, and does not sponsor its task.
    InvalidMoveError
        The epoch is final or void, or its window has ended.
    ConflictError
        The owner has disputed it before.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="dispute")
    reason = _dispute(envelope.body, epoch_id)
    owner = signer(home, envelope).owner

    def write(tx: Transaction) -> None:
        epoch, disputes = read_epoch(tx, epoch_id)
        if tx.execute("record_by_content_id", {"content_id": envelope.content_id}):
            return
        signer_in(tx, envelope)
        _check_party(tx, epoch, owner)
        window_of(epoch, disputes).check_dispute(owner, now)
        identity, _ = record.append(tx, envelope)
        row = {"id": identity, "epoch": epoch_id, "owner": owner, "reason": reason}
        tx.execute("insert_dispute", row | {"now": now})

    home.database.write(write)
    return get_epoch(home, epoch_id)


def resolve_dispute(
    home: Home, dispute_id: str, envelope_json: dict[str, Any], now: datetime
) -> EpochView:
    """Decide on a dispute: upheld, the pool returns; dismissed, the epoch goes on to be paid.

    The same record again changes nothing.

    Parameters
    ----------
    dispute_id : the dispute's whole id.
    now : UTC.

    Raises
    ------
    ForbiddenError
        The signer is neither the task's sponsor nor a treasurer, or is who disputes.
    ConflictError
        It was decided before.
    NotFoundError
        There is no such dispute.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="resolution")
    decision, reason = _resolution(envelope.body, dispute_id)
    found = home.database.read("epoch_of_dispute", {"dispute": dispute_id})
    if not found:
        raise NotFoundError(
            f"no dispute has the id {dispute_id[:80]!r}",
            wanted="its whole id",
            next_step="workbench sql 'select id, epoch, owner, reason from dispute'",
        )
    epoch_id = found[0]["epoch"]
    [task] = home.database.read("tasks", {"id": get_epoch(home, epoch_id).task})
    sponsor = task["sponsor"]
    owner = _judge(home, envelope, sponsor)

    def write(tx: Transaction) -> None:
        if tx.execute("record_by_content_id", {"content_id": envelope.content_id}):
            return
        if signer_in(tx, envelope).owner != sponsor:
            signing_as_in(tx, envelope, "treasurer")
        window_of(*read_epoch(tx, epoch_id)).check_decision(dispute_id, owner)
        identity, _ = record.append(tx, envelope)
        row = {"dispute": dispute_id, "record": identity, "owner": owner, "now": now}
        tx.execute("insert_resolution", row | {"decision": decision, "reason": reason})
        settle(tx, epoch_id, now)

    home.database.write(write)
    return get_epoch(home, epoch_id)


def _check_party(tx: Transaction, epoch: Row, owner: str) -> None:
    [task] = tx.execute("tasks", {"id": epoch["task"]})
    valued = tx.execute("payouts_with_units", {"epoch": epoch["id"]})
    if owner != task["sponsor"] and owner not in {row["owner"] for row in valued}:
        raise ForbiddenError(
            f"{owner} was not valued in {epoch['task']}:{epoch['number']}",
            wanted="the word of an owner that was, or of the sponsor",
            next_step="sign as one of them: --as NAME",
        )


def _judge(home: Home, envelope: Envelope, sponsor: str) -> str:
    """Return the owner group of whoever may decide: the sponsor's, or a treasurer's."""
    owner = signer(home, envelope).owner
    return owner if owner == sponsor else signing_as(home, envelope, "treasurer").owner


def _dispute(body: dict[str, Any], epoch_id: str) -> str:
    match body:
        case {"epoch": str(epoch), "reason": str(reason), **rest} if not rest:
            if epoch != epoch_id:
                raise InvalidInputError(
                    f"the record disputes {epoch[:80]!r}", wanted=f"the epoch {epoch_id[:80]}"
                )
            return _words(reason)
    raise InvalidInputError("the body of a dispute is wrong", wanted='{"epoch", "reason"}')


def _resolution(body: dict[str, Any], dispute_id: str) -> tuple[str, str]:
    match body:
        case {"dispute": str(found), "decision": str(decision), "reason": str(reason), **rest} if (
            not rest
        ):
            if found != dispute_id:
                raise InvalidInputError(
                    f"the record decides on {found[:80]!r}",
                    wanted=f"the dispute {dispute_id[:80]}",
                )
            if decision not in (UPHOLD, DISMISS):
                raise InvalidInputError(
                    f"no decision is called {decision[:40]!r}", wanted=f"{UPHOLD} or {DISMISS}"
                )
            return decision, _words(reason)
    raise InvalidInputError(
        "the body of a resolution is wrong", wanted='{"dispute", "decision", "reason"}'
    )


def _words(reason: str) -> str:
    if not 0 < len(reason.strip()) <= len(reason) <= _MAX_REASON:
        raise InvalidInputError(
            f"the reason has {len(reason.strip()):,} characters",
            wanted=f"1 to {_MAX_REASON:,}: everybody reads it",
        )
    return reason
