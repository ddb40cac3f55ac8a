"""Licences: SPDX expressions, and whether a task takes data under them.

How an expression is judged against a task's list of licences:

========== ===========================================================================
``A AND B``  both apply to the data: both must be on the list
``A OR B``   the reader chooses: one of them on the list is enough
``A WITH X`` another licence than A: the pair must be on the list as it stands
========== ===========================================================================

Nothing is inferred beyond that: ``GPL-3.0-or-later`` is not ``GPL-3.0-only``, and a
``LicenseRef-…`` is taken only by a task that names it.

References
----------
SPDX specification 3.0.1, annex "SPDX license expressions".
"""

import difflib
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from license_expression import (
    ExpressionError,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
    ParseError,
    get_spdx_licensing,
)

from workbench.core.errors import InvalidInputError

MAX_LICENSE_CHARS: Final = 200
_WANTED: Final = 'an SPDX licence expression, such as "CC-BY-4.0" or "MIT OR Apache-2.0"'
_OPERATORS: Final = frozenset({"AND", "OR", "WITH"})
_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
# ASCII alone: a licence in look-alike letters would read as the real one to a person.
_LICENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+-]*")
# The syntax of SPDX for licences that are on no public list.
_REFERENCE: Final = re.compile(r"(DocumentRef-[a-z0-9.-]+:)?LicenseRef-[a-z0-9.-]+", re.I | re.A)


def parse_license(text: str) -> str:
    """Return the expression in its one spelling: ``"mit or apache-2.0"`` → ``"MIT OR Apache-2.0"``.

    Raises
    ------
    InvalidInputError
        Empty, longer than 200 characters, not an expression, or it names a licence that SPDX
        does not list; the facts carry the nearest licences.
    """
    return str(_parse(text).render())


def is_allowed(text: str, allowed: Sequence[str]) -> bool:
    """Return whether data under this licence may go into a task that takes ``allowed``.

    Parameters
    ----------
    text
        SPDX expression.
    allowed
        Single SPDX licences, or ``A WITH X`` pairs; the table above says how they are used.
    """
    return _satisfied(_parse(text), frozenset(parse_allowed(allowed)))


def check_license(text: str, allowed: Sequence[str]) -> str:
    """Return the normalised expression if a task that takes ``allowed`` takes data under it.

    Raises
    ------
    InvalidInputError
        No SPDX expression (fact ``reason``: ``license-unreadable``), or not on the task's list
        (``license-not-allowed``).
    """
    parsed = _parse(text)
    listed = parse_allowed(allowed)
    if _satisfied(parsed, frozenset(listed)):
        return str(parsed.render())
    raise InvalidInputError(
        f"the task does not take data under {parsed.render()}",
        wanted=" or ".join(listed) or "nothing: the task's list of licences is empty",
        next_step="offer the data under a licence on the list, if you hold the rights to do so",
        reason="license-not-allowed",
        license=str(parsed.render()),
        allowed=listed,
    )


def parse_allowed(allowed: Sequence[str]) -> list[str]:
    """Return a task's list of licences, each in its one spelling.

    Raises
    ------
    InvalidInputError
        An entry is no SPDX licence, or is a compound: whether both or one of two licences are
        wanted is said by the list, not inside an entry.
    """
    listed = []
    for entry in allowed:
        parsed = _parse(entry)
        if not isinstance(parsed, LicenseSymbol | LicenseWithExceptionSymbol):
            raise InvalidInputError(
                f"{entry!r} is a compound expression",
                wanted="one licence an entry in the task's list",
                next_step="list its licences one by one",
                reason="license-unreadable",
            )
        listed.append(str(parsed.render()))
    return listed


def chosen_licences(text: str, strictness: Callable[[frozenset[str]], int]) -> frozenset[str]:
    """Return the single licences of an expression that apply; of alternatives the mildest.

    Parameters
    ----------
    text
        SPDX expression.
    strictness
        Of licences that apply together; of equal alternatives the first by name is chosen.

    Raises
    ------
    InvalidInputError
        No SPDX expression.
    """

    def chosen(part: Any) -> frozenset[str]:
        if isinstance(part, _spdx().AND):
            return frozenset().union(*map(chosen, part.args))
        if isinstance(part, _spdx().OR):
            return min(map(chosen, part.args), key=lambda one: (strictness(one), sorted(one)))
        return frozenset({str(part.render())})

    return chosen(_parse(text))


def _satisfied(expression: Any, allowed: frozenset[str]) -> bool:
    if isinstance(expression, _spdx().AND):
        return all(_satisfied(part, allowed) for part in expression.args)
    if isinstance(expression, _spdx().OR):
        return any(_satisfied(part, allowed) for part in expression.args)
    return str(expression.render()) in allowed


def _parse(text: str) -> Any:
    shown = ascii(text[:60])
    if not text.strip():
        raise _unreadable("no licence is given")
    if len(text) > MAX_LICENSE_CHARS:
        raise _unreadable(f"a licence of {len(text)} characters, {shown}…")
    if not _is_expression(text):
        raise _unreadable(f"{shown} is no licence expression", _nearest(text))
    try:
        parsed = _spdx().parse(text, validate=False, strict=True)
    except (ExpressionError, ParseError) as error:
        raise _unreadable(f"{shown} is no licence expression: {error}", _nearest(text)) from error
    for symbol in _licences(parsed):
        key = symbol.key
        if key not in _spdx().known_symbols and not _REFERENCE.fullmatch(key):
            raise _unreadable(f"SPDX lists no licence {key[:60]!r}", _nearest(key))
    return parsed


def _is_expression(text: str) -> bool:
    """Whether licences and operators alternate and the parentheses match.

    The parser lets some broken texts pass: it reads ``MIT OR (A) B`` as three alternatives and
    drops an operator at the end. Money follows the answer, so the grammar is checked first.
    """
    depth = 0
    wants_licence = True
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == "(" and wants_licence:
            depth += 1
        elif part == ")" and not wants_licence and depth:
            depth -= 1
        elif part.upper() in _OPERATORS and not wants_licence:
            wants_licence = True
        elif _LICENCE.fullmatch(part) and part.upper() not in _OPERATORS and wants_licence:
            wants_licence = False
        else:
            return False
    return not wants_licence and depth == 0


def _licences(expression: Any) -> list[LicenseSymbol]:
    if isinstance(expression, LicenseWithExceptionSymbol):
        return [expression.license_symbol, expression.exception_symbol]
    if isinstance(expression, LicenseSymbol):
        return [expression]
    return [symbol for part in expression.args for symbol in _licences(part)]


def _unreadable(found: str, nearest: Sequence[str] = ()) -> InvalidInputError:
    hint = f"did you mean {' or '.join(nearest)}?" if nearest else "look it up in the SPDX list"
    return InvalidInputError(
        found,
        wanted=_WANTED,
        next_step=hint,
        reason="license-unreadable",
        nearest=list(nearest),
    )


def _nearest(text: str) -> list[str]:
    by_folded = {
        key.casefold(): key
        for key, symbol in _spdx().known_symbols.items()
        if not symbol.is_exception and not key.startswith("LicenseRef-")
    }
    folded = re.sub(r"[\s_/]+", "-", text[:60].strip().casefold())
    if folded in by_folded:
        return [by_folded[folded]]
    return [by_folded[name] for name in difflib.get_close_matches(folded, by_folded, 3, 0.7)]


@cache
def _spdx() -> Licensing:
    # Reading the list of 2,400 licences takes a tenth of a second: once a process.
    return get_spdx_licensing()
