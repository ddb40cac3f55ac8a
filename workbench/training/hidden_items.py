"""The items of a hidden test, named without what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

NO_SOURCE: Final = "no source named"
"""The slice of rows whose source nobody named."""


@dataclass(frozen=True)
class HiddenItems:
    """The items of a hidden test, without what they say.

    Attributes
    ----------
    places : of each item's row in the hidden test, from 0.
    digests : SHA-256 over the digest of the whole test and the row. Who holds the test finds the
        row by it; nobody else can try guesses.
    properties : by what items are told apart, ``"source"`` for example, with a value an item.
    """

    places: Sequence[int]
    digests: Sequence[str]
    properties: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        path: Path,
        places: Sequence[int] | None = None,
        properties: Mapping[str, Sequence[str]] | None = None,
    ) -> "HiddenItems":
        """Name the rows of a hidden test, all of them or those at some places."""
        content = path.read_bytes()
        lines = content.rstrip(b"\n").split(b"\n")
        whole = sha256(content).digest()
        chosen = range(len(lines)) if places is None else places
        digests = [sha256(whole + lines[place]).hexdigest() for place in chosen]
        return cls(list(chosen), digests, properties or {})
