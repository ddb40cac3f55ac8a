"""What is wrong with a request or with parameters, in our words rather than pydantic's."""

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError

_SHOULD_BE = "Input should be "
_OURS = ("Value error, ", "Assertion failed, ")


class Fault(NamedTuple):
    """One thing that is not accepted.

    Attributes
    ----------
    found : what was given, with the name of its field.
    wanted : what would have been accepted; empty where ``found`` says it.
    nearest : known names like an unknown one.
    """

    found: str
    wanted: str
    nearest: tuple[str, ...] = ()


def faults_of(error: ValidationError, known: Iterable[str]) -> list[Fault]:
    """Return all that is wrong.

    Parameters
    ----------
    error : as pydantic raised it.
    known : names that would be accepted.
    """
    names = sorted(known)
    found = error.errors(include_url=False, include_context=False)
    return [_fault(dict(item), names) for item in found]


def next_steps(faults: Iterable[Fault], otherwise: str) -> str:
    """Return which names were meant, or else another step."""
    near = dict.fromkeys(name for fault in faults for name in fault.nearest)
    return f"did you mean {' or '.join(near)}?" if near else otherwise


def _fault(item: dict[str, Any], known: list[str]) -> Fault:
    where, said = ".".join(map(str, item["loc"])), str(item["msg"])
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where[:100], known, n=3)
        return Fault(f"{where!r:.80} is unknown", f"any of {', '.join(known)}", tuple(near))
    if item["type"] == "missing":
        return Fault(f"{where} is not given", where)
    for ours in _OURS:
        if said.startswith(ours):
            return Fault(said.removeprefix(ours), "")
    wanted = said.removeprefix(_SHOULD_BE)
    prefix = f"{where} is " if where else ""
    return Fault(f"{prefix}{item['input']!r:.80}", f"{where}: {wanted}" if where else wanted)
