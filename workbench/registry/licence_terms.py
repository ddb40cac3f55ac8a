"""What single licences ask of whoever passes a work on: one table, from mild to strict.

The table says what the rule of :mod:`workbench.registry.model_licence` stands on. It is no legal
advice: where courts have not said whether a model is an adaptation of its data, it is taken for
one, which is the careful reading.

References
----------
SPDX License List 3.27, https://spdx.org/licenses/.
Creative Commons, "Compatible licenses" and the remix chart of its FAQ,
https://creativecommons.org/share-your-work/licensing-considerations/compatible-licenses/ and
https://creativecommons.org/faq/#can-i-combine-material-under-different-creative-commons-licenses-in-my-work.
Free Software Foundation, "Various Licenses and Comments about Them",
https://www.gnu.org/licenses/license-list.html, and the compatibility matrix of its GPL FAQ,
https://www.gnu.org/licenses/gpl-faq.html#AllCompatibility.
Open Data Commons, "Licenses", https://opendatacommons.org/licenses/.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Terms(IntEnum):
    """How much a licence asks; the higher wins."""

    PUBLIC_DOMAIN = 0
    PERMISSIVE = 1
    ATTRIBUTION = 2
    WEAK_COPYLEFT = 3
    SHARE_ALIKE = 4
    NON_COMMERCIAL = 5
    NON_COMMERCIAL_SHARE_ALIKE = 6
    NOT_LISTED = 7
    UNKNOWN = 8
    NO_DERIVATIVES = 9

    @property
    def words(self) -> str:
        """What it asks, for people."""
        return _WORDS[self]


_WORDS: Final[Mapping[Terms, str]] = {
    Terms.PUBLIC_DOMAIN: "nothing is asked",
    Terms.PERMISSIVE: "keep the notice",
    Terms.ATTRIBUTION: "name the authors",
    Terms.WEAK_COPYLEFT: "share changes of the licensed part alike",
    Terms.SHARE_ALIKE: "share alike",
    Terms.NON_COMMERCIAL: "no commercial use",
    Terms.NON_COMMERCIAL_SHARE_ALIKE: "no commercial use, and share alike",
    Terms.NOT_LISTED: "not in the workbench's table: read it",
    Terms.UNKNOWN: "nobody has named it: ask whose work it is",
    Terms.NO_DERIVATIVES: "no adaptations: nothing may be trained on it",
}

_CC_VERSIONS: Final = ("1.0", "2.0", "2.5", "3.0", "4.0")


def _creative_commons(name: str) -> list[str]:
    return [f"CC-{name}-{version}" for version in _CC_VERSIONS]


_LISTED: Final[Mapping[Terms, list[str]]] = {
    Terms.PUBLIC_DOMAIN: ["CC0-1.0", "PDDL-1.0", "Unlicense", "0BSD", "MIT-0", "CC-PDDC", "WTFPL"],
    Terms.PERMISSIVE: [
        "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "BSL-1.0",
        "PostgreSQL", "Python-2.0", "Artistic-2.0", "CDLA-Permissive-1.0", "CDLA-Permissive-2.0",
    ],
    Terms.ATTRIBUTION: [*_creative_commons("BY"), "ODC-By-1.0", "OGL-UK-3.0", "DL-DE-BY-2.0"],
    Terms.WEAK_COPYLEFT: [
        "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0",
        "EPL-2.0",
    ],
    Terms.SHARE_ALIKE: [
        *_creative_commons("BY-SA"), "ODbL-1.0", "CDLA-Sharing-1.0", "GPL-2.0-only",
        "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only",
        "AGPL-3.0-or-later", "GFDL-1.3-only", "GFDL-1.3-or-later", "EUPL-1.2",
    ],
    Terms.NON_COMMERCIAL: _creative_commons("BY-NC"),
    Terms.NON_COMMERCIAL_SHARE_ALIKE: _creative_commons("BY-NC-SA"),
    Terms.NO_DERIVATIVES: [*_creative_commons("BY-ND"), *_creative_commons("BY-NC-ND")],
}  # fmt: skip

TERMS: Final[Mapping[str, Terms]] = {
    name: terms for terms, names in _LISTED.items() for name in names
}
"""SPDX licence → what it asks."""

# Version 1.0 of the share-alike licences allows no other version; later ones allow newer.
_NEWER: Final = {
    f"CC-{name}-{old}": {f"CC-{name}-{new}" for new in _CC_VERSIONS[k + 1 :]}
    for name in ("BY-SA", "BY-NC-SA")
    for k, old in enumerate(_CC_VERSIONS)
    if k
}
_GPL3: Final = {"GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"}

PASSES_INTO: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(others)
    for name, others in {
        **_NEWER,
        "CC-BY-SA-4.0": {"GPL-3.0-only"},
        "GPL-2.0-or-later": {"GPL-2.0-only", *_GPL3},
        "GPL-3.0-or-later": _GPL3 - {"GPL-3.0-or-later"},
        # Section 13 of both lets the two be combined.
        "GPL-3.0-only": {"AGPL-3.0-only"},
        "AGPL-3.0-or-later": {"AGPL-3.0-only"},
        "GFDL-1.3-or-later": {"GFDL-1.3-only"},
        "EUPL-1.2": {"GPL-2.0-only", "GPL-3.0-only", "AGPL-3.0-only"},
    }.items()
}
"""Share-alike licence → licences under which its adaptations may be passed on as well."""

CLASHES: Final = frozenset({frozenset({"Apache-2.0", "GPL-2.0-only"})})
"""Pairs that cannot be met together though only one of the two asks to share alike."""
