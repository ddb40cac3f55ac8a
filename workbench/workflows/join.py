"""Join: a person's key becomes a principal that signs for an owner group."""

from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
)
from workbench.core.keys import check_identity_name
from workbench.core.roles import roles_of_text
from workbench.core.wire import MemberView, PrincipalView
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
    ForbiddenError
        In a team, somebody signs for the owner group already and let nobody of this name in.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="principal")
    name, owner = _names(envelope.body)

    def write(tx: Transaction) -> PrincipalView:
        known = tx.execute("signing_key", {"public_key": envelope.author})
        if known and (known[0]["name"], known[0]["owner"]) == (name, owner):
            return principal_view(known[0])
        if known:
            raise ConflictError(
                f"this key is registered as {known[0]['name']!r} of {known[0]['owner']!r}",
                next_step="use another identity",
            )
        if tx.execute("principals", {"name": name}):
            raise ConflictError(
                f"the name {name!r} is taken by another key",
                next_step="choose another name, or use the key it was registered with",
            )
        # It may be known from a bundle, where it was signed for another home.
        envelope.check_home(home.origin)
        _check_member(tx, name, owner)
        identity, is_new = record.append(tx, envelope)
        row = {"public_key": envelope.author, "name": name, "owner": owner, "record": identity}
        # Somebody whose record came with another server's run is dated by it, as in the log.
        known = [] if is_new else tx.execute("record_by_content_id", {"content_id": identity})
        kept = row | {"created_at": known[0]["created_at"] if known else tx.now}
        tx.execute("insert_principal", kept)
        tx.execute("insert_signing_key", kept | {"address": None, "roles": ""})
        return PrincipalView(name=name, public_key=envelope.author, owner=owner)

    return home.database.write(write)


def admit(home: Home, envelope_json: dict[str, Any]) -> MemberView:
    """Let a principal that is not registered yet sign for an owner group.

    Raises
    ------
    ForbiddenError
        The record is signed neither for the group nor by an admin of a team.
    InvalidMoveError
        The principal is registered: whom it signs for never changes.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="member")
    match envelope.body:
        case {"owner": str(owner), "principal": str(name), **rest} if not rest:
            check_identity_name(owner)
            check_identity_name(name)
        case _:
            raise InvalidInputError(
                "the body of a member is wrong", wanted='{"owner", "principal"}'
            )

    def write(tx: Transaction) -> MemberView:
        person = signer_in(tx, envelope)
        if person.owner != owner and "admin" not in person.roles:
            raise ForbiddenError(
                f"{person.name} signs for {person.owner!r}, not for {owner!r}",
                wanted=f"a principal of {owner!r}, or an admin",
            )
        identity, new = record.append(tx, envelope)
        if not new:
            return MemberView(owner=owner, principal=name)
        if known := tx.execute("principals", {"name": name}):
            raise InvalidMoveError(
                f"{name} is registered, and signs for {known[0]['owner']!r}",
                wanted="a name that is not registered yet",
                next_step="use another identity for another owner group",
            )
        values = {"record": identity, "owner": owner, "principal": name}
        tx.execute("insert_member", values | {"now": tx.now})
        return MemberView(owner=owner, principal=name)

    return home.database.write(write)


def principals(home: Home) -> list[PrincipalView]:
    """Return everybody, by name."""
    return [principal_view(row) for row in home.database.read("principals", {"name": None})]


def signer(home: Home, envelope: Envelope) -> PrincipalView:
    """Return who signed a record that is new.

    Raises
    ------
    ForbiddenError
        The key is not registered, or another one took its place.
    """
    values = {"public_key": envelope.author}
    return _signing(home.database.read_kept("signing_key", values), envelope)


def signer_in(tx: Transaction, envelope: Envelope) -> PrincipalView:
    """Return who signed a record, like ``signer``, with nothing in between and the writing."""
    return _signing(tx.read_kept("signing_key", {"public_key": envelope.author}), envelope)


def signer_then(home: Home, envelope: Envelope) -> PrincipalView:
    """Return who signed a record that is old, perhaps with a key that was replaced since.

    Raises
    ------
    ForbiddenError
        The key was never registered.
    """
    rows = home.database.read("signing_key", {"public_key": envelope.author})
    return principal_view(_known(rows, envelope))


def principal_view(row: dict[str, Any]) -> PrincipalView:
    """Return a principal as it travels."""
    return PrincipalView(
        name=row["name"],
        public_key=row["public_key"],
        owner=row["owner"],
        address=row["address"],
        roles=list(roles_of_text(row["roles"])),
    )


def _signing(rows: list[dict[str, Any]], envelope: Envelope) -> PrincipalView:
    row = _known(rows, envelope)
    if row["replaced_by"] is not None:
        raise ForbiddenError(
            f"the key {envelope.author[:16]}… of {row['name']} was replaced",
            wanted=f"a signature by {row['replaced_by'][:16]}…",
            next_step="sign with the new key; nothing that the old one signed is lost",
        )
    return principal_view(row)


def _known(rows: list[dict[str, Any]], envelope: Envelope) -> dict[str, Any]:
    if not rows:
        raise ForbiddenError(
            f"the key {envelope.author[:16]}… is not registered here",
            wanted="a registered principal",
            next_step="join first: workbench init",
        )
    return rows[0]


def _check_member(tx: Transaction, name: str, owner: str) -> None:
    if not tx.execute("admins"):
        return
    group = [row["name"] for row in tx.execute("principals_of_owner", {"owner": owner})]
    if group and not tx.execute("members", {"owner": owner, "principal": name}):
        raise ForbiddenError(
            f"{', '.join(group[:3])} signs for {owner!r} already, and did not let {name!r} in",
            wanted="a signed word of that group or of an admin",
            next_step=f"ask for it: workbench identity admit {name} {owner} --sign",
        )


def _names(body: dict[str, Any]) -> tuple[str, str]:
    match body:
        case {"name": str(name), "owner": str(owner), **rest} if not rest:
            return check_identity_name(name), check_identity_name(owner)
    raise InvalidInputError("the body of a principal is wrong", wanted='{"name", "owner"}')
