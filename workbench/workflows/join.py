"""Join: a person's key becomes a principal that signs for an owner group."""

from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError
from workbench.core.keys import check_identity_name
from workbench.core.wire import PrincipalView
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home


def register(home: Home, envelope_json: dict[str, Any]) -> PrincipalView:
    """Record a key and the owner group it signs for; the same record again changes nothing.

    Raises
    ------
    SignatureError
        The record is not signed by the key it names.
    ConflictError
        The name or the key is registered otherwise.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="principal")
    name, owner = _names(envelope.body)

    def write(tx: Transaction) -> PrincipalView:
        known = tx.execute("principal_by_key", {"public_key": envelope.author})
        if known and (known[0]["name"], known[0]["owner"]) == (name, owner):
            return _view(known[0])
        if known:
            raise ConflictError(
                f"this key is registered as {known[0]['name']!r} of {known[0]['owner']!r}",
                next_step="use another identity",
            )
        if tx.execute("principal_by_name", {"name": name}):
            raise ConflictError(
                f"the name {name!r} is taken by another key",
                next_step="choose another name, or use the key it was registered with",
            )
        identity, _ = record.append(tx, envelope)
        row = {"public_key": envelope.author, "name": name, "owner": owner}
        tx.execute("insert_principal", row | {"record": identity, "created_at": tx.now})
        return _view(row)

    return home.database.write(write)


def principals(home: Home) -> list[PrincipalView]:
    """Return everybody, by name."""
    return [_view(row) for row in home.database.read("principals")]


def signer(home: Home, envelope: Envelope) -> PrincipalView:
    """Return who signed a record.

    Raises
    ------
    ForbiddenError
        The key is not registered.
    """
    rows = home.database.read_kept("principal_by_key", {"public_key": envelope.author})
    if not rows:
        raise ForbiddenError(
            f"the key {envelope.author[:16]}… is not registered here",
            wanted="a registered principal",
            next_step="join first: workbench init",
        )
    return _view(rows[0])


def _names(body: dict[str, Any]) -> tuple[str, str]:
    match body:
        case {"name": str(name), "owner": str(owner), **rest} if not rest:
            return check_identity_name(name), check_identity_name(owner)
    raise InvalidInputError("the body of a principal is wrong", wanted='{"name", "owner"}')


def _view(row: dict[str, Any]) -> PrincipalView:
    return PrincipalView(name=row["name"], public_key=row["public_key"], owner=row["owner"])
