"""Who asks: in a JupyterHub the person that the Hub has let in, elsewhere whoever is logged in.

A login by Jupyter's token has a random name at each request: it says nothing. A Hub's login has
the person's name, and a server that the Hub has started belongs to one of them.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from workbench.core.canonical import sha256_hex
from workbench.core.errors import ForbiddenError

_HUB: Final = "JUPYTERHUB_USER"
_LONGEST: Final = 64
_DIGITS: Final = 8


def hub_person(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return for whom a JupyterHub has started this server; None where no Hub has."""
    return environ.get(_HUB) or None


def identity_of(name: str) -> str:
    """Return the identity of a person of a Hub, whose names may have other letters.

    Two names stay two identities: where letters were replaced, a digest of the name follows.

    >>> identity_of("ana"), identity_of("ana@example.org")
    ('ana', 'ana-example-org-86b9260a')
    """
    clean = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    if clean == name and len(name) <= _LONGEST:
        return name
    return f"{clean[: _LONGEST - _DIGITS - 1]}-{sha256_hex(name.encode())[:_DIGITS]}"


def asking(user: Any) -> dict[str, str]:
    """Return the header that says who asks, where a Hub has let them in; else none.

    Parameters
    ----------
    user : Jupyter's ``current_user``.
    """
    if hub_person() is None:
        return {}
    return {"X-Workbench-Identity": identity_of(str(user.username))}


def check_signs(user: Any) -> None:
    """Raise unless a login may sign with the keys of this server's person.

    Raises
    ------
    ForbiddenError
        The Hub has let somebody else in, to whom the server was shared.
    """
    owner = hub_person()
    if owner is not None and user.username != owner:
        raise ForbiddenError(
            f"this Jupyter server and its keys are {owner}'s, and you are {user.username}",
            wanted=f"the word of {owner}",
            next_step="sign in your own server: open it from the Hub's home page",
        )
