"""Licences as model hubs and GGUF files name them: lower-case ids, in SPDX's words."""

import re
from collections.abc import Sequence
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.core.licence import NOASSERTION
from workbench.registry.licence import MAX_LICENSE_CHARS, parse_license

_SAYS_NOTHING: Final = frozenset({"", "other", "unknown", "none", NOASSERTION.lower()})
_MOST_LETTERS: Final = 80


def hub_license(names: Sequence[str]) -> str:
    """Return the licences that a model names, all of which apply, as one SPDX expression.

    What SPDX does not list, such as ``gemma``, becomes ``LicenseRef-gemma``: a person has to
    read it. ``NOASSERTION`` where one of them says nothing, or none is there.

    Examples
    --------
    >>> hub_license(["apache-2.0"]), hub_license(["llama3.1"]), hub_license(["other"])
    ('Apache-2.0', 'LicenseRef-llama3.1', 'NOASSERTION')
    >>> hub_license(["mit OR apache-2.0", "cc-by-4.0"])
    '(MIT OR Apache-2.0) AND CC-BY-4.0'
    """
    found = [_one(name.strip()) for name in names]
    if not found or NOASSERTION in found:
        return NOASSERTION
    if len(found) == 1:
        return found[0]
    joined = " AND ".join(f"({one})" for one in dict.fromkeys(found))
    return parse_license(joined) if len(joined) <= MAX_LICENSE_CHARS else NOASSERTION


def _one(name: str) -> str:
    if name.lower() in _SAYS_NOTHING:
        return NOASSERTION
    try:
        return parse_license(name)
    except InvalidInputError:
        # ASCII alone: in look-alike letters it would read as another one to a person.
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", name[:_MOST_LETTERS]).strip("-.")
        return parse_license(f"LicenseRef-{plain}") if plain else NOASSERTION
