"""Holds: opened by who will pay, settled or voided by who is paid, expired by time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.wire import HoldView
from workbench.ledger.hold import Hold, HoldState
from workbench.ledger.posting import Posting
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.join import signer, signer_in
from workbench.workflows.movement import (
    append_once,
    check_giver,
    check_nonce,
    check_owner,
    whole_amount,
)


def hold(home: Home, envelope_json: dict[str, Any]) -> HoldView:
    """Set an amount of the signer's owner group aside for another, until it expires.

    Raises
    ------
    ForbiddenError
        The signer does not sign for the payer.
    NotFoundError
        Nobody signs for the payee.
    InsufficientFundsError
        The payer has less.
    ConflictError
        The nonce was used for another record.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="hold")
    asked, nonce = _read(home, envelope)

    def write(tx: Transaction) -> HoldView:
        identity, is_new = append_once(tx, envelope, nonce)
        if is_new:
            signer_in(tx, envelope)
            write_entry(tx, identity, asked.opening(tx.now), kind="hold", reason=identity)
            names = {"id": identity, "payer": asked.payer, "payee": asked.payee}
            terms = {"amount": asked.amount, "expires_at": asked.expires_at}
            tx.execute("insert_hold", names | terms | {"now": tx.now})
        return _view(_find(tx, identity))

    expire_due(home)
    return home.database.write(write)


def settle(home: Home, hold_id: str, envelope_json: dict[str, Any]) -> HoldView:
    """Pay the payee at most what is held, and release the rest, on the payee's signed word.

    Raises
    ------
    ForbiddenError
        The signer does not sign for the payee.
    InvalidMoveError
        The hold is not held any more, or less is held.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="settlement")
    match envelope.body:
        case {"hold": str(named), "amount": str(amount), **rest} if not rest:
            taken = whole_amount(amount)
        case _:
            raise InvalidInputError(
                "the body of a settlement is wrong", wanted='{"hold", "amount"}, both texts'
            )

    def postings(held: Hold, now: datetime) -> list[Posting]:
        return held.settle(taken, now)

    return _close(home, envelope, _same(named, hold_id), "settled", taken, postings)


def void(home: Home, hold_id: str, envelope_json: dict[str, Any]) -> HoldView:
    """Give all that is held back to the payer, on the payee's signed word.

    Raises
    ------
    ForbiddenError
        The signer does not sign for the payee.
    InvalidMoveError
        The hold is not held any more.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="void")
    match envelope.body:
        case {"hold": str(named), **rest} if not rest:
            return _close(home, envelope, _same(named, hold_id), "void", 0, Hold.void)
    raise InvalidInputError("the body of a void is wrong", wanted='{"hold"}')


def holds(home: Home, owner: str | None = None) -> list[HoldView]:
    """Return the holds of an owner group on either side, or all, oldest first."""
    expire_due(home)
    return [_view(row) for row in home.database.read("holds", {"owner": owner})]


def get_hold(home: Home, hold_id: str) -> HoldView:
    """Return a hold.

    Raises
    ------
    NotFoundError
        There is none of this id.
    """
    expire_due(home)
    rows = home.database.read("hold_by_id", {"id": hold_id})
    if not rows:
        raise _unknown(hold_id)
    return _view(rows[0])


def expire_due(home: Home) -> int:
    """Give back what is held beyond its time; return how many holds that were.

    Where the log may not grow, nothing moves: in a mirror it is its origin's to do.
    """
    if not home.heads.may_grow:
        return 0
    # From memory while nothing changed: cheap enough before every movement.
    [soonest] = home.database.read_kept("next_expiry", {})
    if soonest["expires_at"] is None or soonest["expires_at"] > datetime.now(UTC):
        return 0

    def write(tx: Transaction) -> int:
        rows = tx.execute("holds_over", {"now": tx.now})
        for row in rows:
            postings = _hold(row).expire(tx.now)
            # The hold's own record says when it expires; nobody has to sign again.
            write_entry(tx, f"{row['id']}:expiry", postings, kind="expiry", reason=row["id"])
            values = {"id": row["id"], "state": "expired", "settled": 0, "now": tx.now}
            tx.execute("close_hold", values | {"closed_by": None})
        return len(rows)

    return home.database.write(write)


def _close(
    home: Home,
    envelope: Envelope,
    hold_id: str,
    state: HoldState,
    settled: int,
    move: Callable[[Hold, datetime], list[Posting]],
) -> HoldView:
    owner = signer(home, envelope).owner

    def write(tx: Transaction) -> HoldView:
        row = _find(tx, hold_id)
        if row["closed_by"] == envelope.content_id:
            return _view(row)
        if owner != row["payee"]:
            raise ForbiddenError(
                f"the signer signs for {owner}",
                wanted=f"the word of {row['payee']}, for whom it is held",
                next_step=f"wait: it goes back to {row['payer']} at "
                f"{row['expires_at'].isoformat()} at the latest",
            )
        signer_in(tx, envelope)
        postings = move(_hold(row), tx.now)
        identity, _ = record.append(tx, envelope)
        write_entry(tx, identity, postings, kind=envelope.kind, reason=identity)
        values = {"id": hold_id, "state": state, "settled": settled, "now": tx.now}
        tx.execute("close_hold", values | {"closed_by": identity})
        return _view(_find(tx, hold_id))

    expire_due(home)
    return home.database.write(write)


def _read(home: Home, envelope: Envelope) -> tuple[Hold, str]:
    match envelope.body:
        case {
            "payer": str(payer),
            "payee": str(payee),
            "amount": str(amount),
            "expires_at": str(expires_at),
            "nonce": str(nonce),
            **rest,
        } if not rest:
            asked = Hold(
                envelope.content_id,
                check_giver(home, envelope, payer),
                check_owner(home, payee),
                whole_amount(amount),
                _instant(expires_at),
            )
            return asked, check_nonce(nonce)
    raise InvalidInputError(
        "the body of a hold is wrong",
        wanted='{"payer", "payee", "amount", "expires_at", "nonce"}, all texts',
    )


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.utcoffset() is None:
        raise InvalidInputError(
            f"{text[:80]!r} is no instant", wanted='ISO 8601 with a zone: "2026-12-01T12:00:00Z"'
        )
    return instant.astimezone(UTC)


def _same(named: str, hold_id: str) -> str:
    if named != hold_id:
        raise InvalidInputError(f"the record names the hold {named[:80]!r}", wanted=hold_id)
    return hold_id


def _find(tx: Transaction, hold_id: str) -> Row:
    rows = tx.execute("hold_by_id", {"id": hold_id})
    if not rows:
        raise _unknown(hold_id)
    return rows[0]


def _unknown(hold_id: str) -> NotFoundError:
    return NotFoundError(
        f"no hold has the id {hold_id[:80]!r}",
        wanted="its whole id",
        next_step="workbench hold list",
    )


def _hold(row: Row) -> Hold:
    names = ("id", "payer", "payee", "amount", "expires_at", "state")
    return Hold(**{name: row[name] for name in names})


def _view(row: Row) -> HoldView:
    shown = {name: row[name] for name in HoldView.model_fields}
    return HoldView(**(shown | {name: str(row[name]) for name in ("amount", "settled")}))
