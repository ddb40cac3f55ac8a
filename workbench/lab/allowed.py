"""Which requests a page may send on to the server: a list, and everything else is refused.

Three things are left out on purpose. Signed records: they leave this process only after a
confirmation (``signing``). What grants or stops: tokens, members, the server itself. And what
reads or writes places on the machine: backups, exports, imports, bundles.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError

_GET: Final = """
/health /doctor /events /inbox /openapi.json /principals /reviews /treasury /balances
/holds /holds/*
/proofs /proofs/* /statements/*
/proposals/* /proposals/*/diff
/tasks /tasks/* /tasks/*/champions /tasks/*/commitments /tasks/*/contributions
/tasks/*/croissant /tasks/*/epochs /tasks/*/leaderboard /tasks/*/proposals /tasks/*/runs
/tasks/*/valuations
/contributions/* /contributions/*/croissant /contributions/*/receipt /contributions/*/rejected
/contributions/*/withdrawal
/epochs/* /epochs/*/why /epochs/*/claims
/jobs /jobs/* /jobs/*/events
/runs/* /runs/*/card /runs/*/reproductions
/valuations/* /valuations/*/evaluations /valuations/*/looks /valuations/*/payouts
"""
_POST: Final = """
/tasks/*/contributions /tasks/*/first-rows /contributions/*/mask
/tasks/*/runs /tasks/*/sizes /tasks/*/comparisons /tasks/*/generations /tasks/*/valuations
/tasks/*/previews /tasks/*/back-tests
/jobs/*/cancellation /jobs/*/stop /jobs/*/priority
/runs/*/verifications /runs/*/reproductions /verifications /recomputations
/models /sql /publications
"""


def _pattern(templates: str) -> re.Pattern[str]:
    each = (re.escape(t).replace(r"\*", r"[^/]{1,200}") for t in templates.split())
    return re.compile("|".join(each))


_ALLOWED: Final = {"GET": _pattern(_GET), "POST": _pattern(_POST)}


def allowed_path(method: str, encoded: str) -> str:
    """Return the path for the server, encoded anew, if a page may ask for it.

    Parameters
    ----------
    encoded : as it was sent, behind our prefix, percent-encoded.

    Raises
    ------
    InvalidInputError
        A part of it is ``..``, or holds what a server might take for another part.
    ForbiddenError
        It is not in the list.
    """
    parts = path_parts(encoded)
    if method not in _ALLOWED:
        raise NotFoundError(f"{method} leads nowhere here", wanted="GET or POST")
    if _ALLOWED[method].fullmatch("/".join(parts)) is None:
        raise ForbiddenError(
            f"a page may not send {method} {encoded[:200]}",
            wanted="what docs/lab.md lists",
            next_step="what signs goes through prepare and sign; for the rest use a notebook "
            "or the workbench command",
        )
    return "/".join(quote(part, safe="") for part in parts)


def path_parts(encoded: str) -> list[str]:
    """Return the names of a percent-encoded path.

    Raises
    ------
    InvalidInputError
        One of them is ``..``, or holds what a server might take for another part.
    """
    parts = [unquote(part) for part in encoded.split("/")]
    # The server decodes before it looks for a route: an encoded slash would lead elsewhere.
    if any(p in {".", ".."} or "/" in p or "\\" in p or not p.isprintable() for p in parts):
        raise InvalidInputError(
            f"{encoded[:200]} is no path", wanted="names without slashes and control characters"
        )
    return parts
