"""The parts that people play in a home, and who sends a request."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["contributor", "reviewer", "treasurer", "viewer", "admin"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True)
class Caller:
    """Who sends a request, as its token says.

    Attributes
    ----------
    name : of the principal; None for the person whose machine this is.
    public_key : the principal's; None until it is registered.
    roles : what the principal was given.
    owner : owner group it signs for; None until it is registered.
    """

    name: str | None
    public_key: str | None
    roles: tuple[Role, ...]
    owner: str | None = None

    def plays(self, wanted: Collection[Role]) -> bool:
        """Say whether any of these roles is played."""
        return plays(self.roles, wanted)


def plays(roles: Collection[Role], wanted: Collection[Role]) -> bool:
    """Say whether somebody with these roles may do what one of ``wanted`` is for.

    An admin plays every role, and who has none is a viewer.

    >>> plays(["admin"], ["treasurer"]), plays([], ["viewer"]), plays([], ["reviewer"])
    (True, True, False)
    """
    return "admin" in roles or not {*(roles or ("viewer",))}.isdisjoint(wanted)


def roles_as_text(roles: Collection[Role]) -> str:
    """Return roles in their usual order, with commas between."""
    return ", ".join(role for role in ROLES if role in roles)


def roles_of_text(text: str) -> tuple[Role, ...]:
    """Return the roles of a text that ``roles_as_text`` made."""
    return tuple(role for role in ROLES if role in text.split(", "))


MACHINE: Final = Caller(None, None, ("admin",))
"""Whoever can read the home's own token."""
