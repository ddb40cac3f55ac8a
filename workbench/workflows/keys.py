"""Keys of principals: one takes another's place; and where a principal is paid on a chain."""

from typing import Any

from workbench.core.addresses import check_address
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, InvalidInputError
from workbench.core.keys import check_public_key
from workbench.core.rotations import check_possession
from workbench.core.wire import PrincipalView
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.join import principal_view, signer_in
from workbench.workflows.roles import find_principal, signing_as_in

_LONGEST_REASON = 500


def rotate_key(home: Home, envelope_json: dict[str, Any]) -> PrincipalView:
    """Give a principal a new key, on the word of its old one or, if that is lost, of an admin.

    What the old key signed stays signed; it signs nothing new. The same record again changes
    nothing.

    Raises
    ------
    ForbiddenError
        It is signed by another principal, who is no admin.
    ConflictError
        The old key is not the principal's, or the new one is known already.
    InvalidInputError
        An admin gives no reason.
    SignatureError
        Nobody proves to have the new key.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="rotation")
    name, old, new, proof, reason = _asked(envelope.body)
    check_possession(name, old, check_public_key(new), proof)

    def write(tx: Transaction) -> PrincipalView:
        if tx.execute("record_by_content_id", {"content_id": envelope.content_id}):
            return find_principal(tx, name)
        before = find_principal(tx, name)
        if envelope.author != old:
            signing_as_in(tx, envelope, "admin")
            _check_reason(reason)
        else:
            signer_in(tx, envelope)
        _check_keys(tx, before, old, new)
        identity, _ = record.append(tx, envelope)
        [row] = tx.execute("signing_key", {"public_key": old})
        row |= {"public_key": new, "record": identity, "created_at": tx.now}
        del row["replaced_by"]
        tx.execute("replace_signing_key", {"public_key": old, "replaced_by": new})
        tx.execute("insert_signing_key", row)
        return find_principal(tx, name)

    return home.database.write(write)


def set_address(home: Home, envelope_json: dict[str, Any]) -> PrincipalView:
    """Record where on a chain the principal that signs is paid; the newest record counts.

    Raises
    ------
    InvalidInputError
        It is no address, or was mistyped.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="address")
    match envelope.body:
        case {"address": str(text), "nonce": str(), **rest} if not rest:
            address = check_address(text)
        case _:
            raise InvalidInputError(
                "the body of an address is wrong", wanted='{"address", "nonce"}'
            )

    def write(tx: Transaction) -> PrincipalView:
        person = signer_in(tx, envelope)
        # Sent again by somebody who saw it, an older record does not come back.
        known = tx.execute("record_by_content_id", {"content_id": envelope.content_id})
        if not known and person.address != address:
            record.append(tx, envelope)
            tx.execute("set_address", {"name": person.name, "address": address})
        return find_principal(tx, person.name)

    return home.database.write(write)


def _check_keys(tx: Transaction, before: PrincipalView, old: str, new: str) -> None:
    if before.public_key != old:
        raise ConflictError(
            f"the key of {before.name} is {before.public_key[:16]}…, not {old[:16]}…",
            wanted="the key with which it signs now",
            next_step="look at its key, and make the rotation again: workbench role list",
        )
    if known := tx.execute("signing_key", {"public_key": new}):
        person = principal_view(known[0])
        raise ConflictError(
            f"the new key is, or was, a key of {person.name}", wanted="a key that nobody knows"
        )


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise InvalidInputError(
            f"an admin replaces somebody's key, and the reason has {len(reason)} letters",
            wanted=f"a reason in words, of at most {_LONGEST_REASON} letters",
        )


def _asked(body: dict[str, Any]) -> tuple[str, str, str, str, str]:
    match body:
        case {
            "principal": str(name),
            "old": str(old),
            "new": str(new),
            "proof": str(proof),
            "reason": str(reason),
            **rest,
        } if not rest:
            return name, old, new, proof, reason
    raise InvalidInputError(
        "the body of a rotation is wrong",
        wanted='{"principal", "old", "new", "proof", "reason"}',
    )
