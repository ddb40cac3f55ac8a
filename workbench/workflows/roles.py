"""Roles: who may sign what beyond their own data."""

from collections.abc import Callable
from typing import Any, get_args

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.roles import ROLES, Role, plays, roles_as_text
from workbench.core.wire import PrincipalView
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.join import principal_view, signer, signer_in

_Rows = list[dict[str, Any]]


def signing_as(home: Home, envelope: Envelope, role: Role) -> PrincipalView:
    """Return who signed a record, if the signer has a role.

    In a home of one person nobody was ever given a role, and everybody plays each of them.

    Raises
    ------
    ForbiddenError
        The key is not registered, or its principal has another role.
    """
    return _checked(signer(home, envelope), role, lambda: home.database.read("admins"))


def signing_as_in(tx: Transaction, envelope: Envelope, role: Role) -> PrincipalView:
    """Return who signed a record, like ``signing_as``, with nothing in between and the writing."""
    return _checked(signer_in(tx, envelope), role, lambda: tx.read_kept("admins", {}))


def change_role(home: Home, envelope_json: dict[str, Any]) -> PrincipalView:
    """Give a role to a principal or take it, on an admin's signed word.

    The first one makes a home of one person a team, and somebody its admin.

    Raises
    ------
    InvalidMoveError
        A team would be without an admin.
    ConflictError
        The principal has the role already, or has it not.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="role")
    name, role, granted = _asked(envelope.body)

    def write(tx: Transaction) -> PrincipalView:
        signing_as_in(tx, envelope, "admin")
        before = find_principal(tx, name)
        identity, new = record.append(tx, envelope)
        del identity
        if not new:
            return before
        _check_admins(tx, before, role, granted=granted)
        if (role in before.roles) == granted:
            raise ConflictError(
                f"{name} is {'' if granted else 'not '}{_a(role)} already",
                next_step="see who is what: workbench role list",
            )
        roles = {*before.roles, role} if granted else {*before.roles} - {role}
        tx.execute("set_roles", {"name": name, "roles": roles_as_text(roles)})
        return find_principal(tx, name)

    return home.database.write(write)


def find_principal(tx: Transaction, name: str) -> PrincipalView:
    """Return a principal by its name.

    Raises
    ------
    NotFoundError
        Nobody of this name is registered.
    """
    rows = tx.execute("principals", {"name": name})
    if not rows:
        raise NotFoundError(
            f"nobody is registered as {name[:80]!r}",
            wanted="a principal of this home",
            next_step="see who is there: workbench role list",
        )
    return principal_view(rows[0])


def _checked(person: PrincipalView, role: Role, admins: Callable[[], _Rows]) -> PrincipalView:
    if plays(person.roles, [role]) or not admins():
        return person
    raise ForbiddenError(
        f"{person.name} is {roles_as_text(person.roles) or 'viewer'} here",
        wanted=f"a signature of {_a(role)}",
        next_step=f"ask an admin: workbench role give {person.name} {role} --sign",
    )


def _check_admins(tx: Transaction, person: PrincipalView, role: Role, *, granted: bool) -> None:
    admins = [row["name"] for row in tx.execute("admins")]
    if not admins and (role != "admin" or not granted):
        raise InvalidMoveError(
            "this is a home of one person: nobody has a role yet",
            wanted="an admin first, so that somebody may give and take the others",
            next_step="workbench role give NAME admin --sign",
        )
    if role == "admin" and not granted and admins == [person.name]:
        raise InvalidMoveError(
            f"{person.name} is the last admin",
            wanted="another admin first: a team is never without one",
            next_step="workbench role give NAME admin --sign",
        )


def _asked(body: dict[str, Any]) -> tuple[str, Role, bool]:
    match body:
        case {
            "principal": str(name),
            "role": str(role),
            "granted": bool(granted),
            "nonce": str(),
            **rest,
        } if not rest:
            for known in ROLES:
                if known == role:
                    return name, known, granted
            raise InvalidInputError(
                f"there is no role {role[:80]!r}", wanted=f"one of: {', '.join(get_args(Role))}"
            )
    raise InvalidInputError(
        "the body of a role is wrong", wanted='{"principal", "role", "granted", "nonce"}'
    )


def _a(role: Role) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
