"""The treasury: what one person may move out of it, and what needs two."""

from typing import Any

from workbench.core.credits import format_credits
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.wire import TreasuryView
from workbench.ledger.posting import TREASURY, Posting, user_account
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.movement import (
    append_once,
    check_nonce,
    check_owner,
    whole_amount,
    written_entry,
)
from workbench.workflows.roles import signing_as, signing_as_in


def grant(home: Home, envelope_json: dict[str, Any]) -> TreasuryView:
    """Give credits of the treasury to an owner group, on a treasurer's signed word.

    Above the home's limit it waits for another treasurer's approval. The same record again
    changes nothing.

    Raises
    ------
    ForbiddenError
        The signer is no treasurer.
    NotFoundError
        Nobody signs for the owner group.
    ConflictError
        The nonce was used for another record.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="grant")
    proposer = signing_as(home, envelope, "treasurer").name
    posting, nonce = _granted(home, envelope.body)

    def write(tx: Transaction) -> TreasuryView:
        identity, is_new = append_once(tx, envelope, nonce)
        if is_new:
            signing_as_in(tx, envelope, "treasurer")
            return move(home, tx, identity, "grant", posting, proposer)
        waited = tx.execute("treasury_moves", {"id": identity})
        if waited:
            return _view(waited[0])
        written = written_entry(tx, identity)
        return _executed(identity, "grant", posting, proposer, written.created_at)

    return home.database.write(write)


def move(
    home: Home, tx: Transaction, identity: str, kind: str, posting: Posting, proposer: str
) -> TreasuryView:
    """Move out of the treasury, or let it wait for a second person where it is much.

    Parameters
    ----------
    identity : content id of the record that asks for it; it was just appended.
    kind : why money moves.
    posting : from the treasury.
    proposer : name of the principal who signed.
    """
    _record_limit(home, tx)
    if not needs_two(home, posting.amount):
        entry = write_entry(tx, identity, [posting], kind=kind, reason=identity)
        return _executed(identity, kind, posting, proposer, entry.created_at)
    names = {"id": identity, "kind": kind, "destination": posting.destination}
    terms = {"amount": posting.amount, "proposed_by": proposer}
    tx.execute("insert_treasury_move", names | terms | {"now": tx.now})
    return _view(tx.execute("treasury_moves", {"id": identity})[0])


def needs_two(home: Home, amount: int) -> bool:
    """Say whether an amount out of the treasury needs two people."""
    limit = home.settings.treasury_limit
    return 0 < limit < amount


def _record_limit(home: Home, tx: Transaction) -> None:
    """Put the limit into the log before the first movement under it: it is only a setting.

    The default, which is none, needs no record until another one was recorded.
    """
    found = tx.execute("last_treasury_limit")
    previous, recorded = (found[0]["content_id"], found[0]["most"]) if found else (None, "0")
    limit = str(home.settings.treasury_limit)
    if limit != recorded:
        body = {"limit": limit, "previous": previous}
        record.append(tx, Envelope.sign("treasury-limit", body, home.key))


def approve(home: Home, envelope_json: dict[str, Any]) -> TreasuryView:
    """Execute what another treasurer proposed; the same approval again changes nothing.

    Raises
    ------
    ForbiddenError
        The signer is no treasurer, or is who proposed it.
    NotFoundError
        Nothing of this id waits.
    InvalidMoveError
        Somebody else approved it already.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="approval")
    match envelope.body:
        case {"record": str(proposed), **rest} if not rest:
            approver = signing_as(home, envelope, "treasurer").name
        case _:
            raise InvalidInputError("the body of an approval is wrong", wanted='{"record"}')

    def write(tx: Transaction) -> TreasuryView:
        row = _find(tx, proposed)
        if row["approval"] == envelope.content_id:
            return _view(row)
        if row["state"] != "proposed":
            raise InvalidMoveError(
                f"{row['approved_by']} approved it already", wanted="a proposal that waits"
            )
        if approver == row["proposed_by"]:
            raise ForbiddenError(
                f"{approver} proposed to move {format_credits(row['amount'])} credits",
                wanted="the approval of another treasurer",
                next_step="let a second person sign: workbench treasury approve ID --sign",
            )
        signing_as_in(tx, envelope, "treasurer")
        identity, _ = record.append(tx, envelope)
        posting = Posting(TREASURY, row["destination"], row["amount"])
        write_entry(tx, proposed, [posting], kind=row["kind"], reason=proposed)
        values = {"id": proposed, "approved_by": approver, "approval": identity}
        tx.execute("execute_treasury_move", values)
        return _view(_find(tx, proposed))

    return home.database.write(write)


def moves(home: Home) -> list[TreasuryView]:
    """Return what needed two people, oldest first."""
    return [_view(row) for row in home.database.read("treasury_moves", {"id": None})]


def _granted(home: Home, body: dict[str, Any]) -> tuple[Posting, str]:
    match body:
        case {"owner": str(owner), "amount": str(amount), "nonce": str(nonce), **rest} if not rest:
            account = user_account(check_owner(home, owner))
            return Posting(TREASURY, account, whole_amount(amount)), check_nonce(nonce)
    raise InvalidInputError("the body of a grant is wrong", wanted='{"owner", "amount", "nonce"}')


def _find(tx: Transaction, identity: str) -> Row:
    found = tx.execute("treasury_moves", {"id": identity})
    if not found:
        raise NotFoundError(
            f"nothing of the id {identity[:80]!r} waits for approval",
            wanted="the id of a proposed movement",
            next_step="workbench treasury list",
        )
    return found[0]


def _view(row: Row) -> TreasuryView:
    shown = {name: row[name] for name in TreasuryView.model_fields}
    return TreasuryView(**(shown | {"amount": str(row["amount"])}))


def _executed(
    identity: str, kind: str, posting: Posting, proposer: str, created_at: Any
) -> TreasuryView:
    return TreasuryView(
        id=identity,
        kind=kind,
        destination=posting.destination,
        amount=str(posting.amount),
        state="executed",
        proposed_by=proposer,
        approved_by=None,
        created_at=created_at,
    )
