"""What makes two rows the same: digests that ignore case, width and white space."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, sha256_hex

TEXT_KIND: Final = "causal-lm"
TABULAR_KIND: Final = "tabular-classification"


def text_key(text: str) -> str:
    """Return the form under which equal texts are equal: NFKC, case folded, spaces collapsed.

    Folding can undo normalisation and the other way round, so both are done twice, on the
    decomposed text: then the key of a key is the key itself.

    References
    ----------
    The Unicode Standard, 3.13, D146: compatibility caseless match.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded.casefold()).split())


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text's key, 64 hexadecimal digits."""
    return sha256_hex(text_key(text).encode())


def tabular_digest(features: list[float], label: str) -> str:
    """Return the SHA-256 of the canonical JSON of a row's features and label."""
    return sha256_hex(canonical_bytes({"features": features, "label": label}))


def row_digest(kind: str, row: Mapping[str, Any]) -> str:
    """Return the digest of a canonical row of a task of this kind.

    A text's source does not count: the same sentence from two documents is one row.
    """
    if kind == TEXT_KIND:
        return text_digest(row["text"])
    return tabular_digest(row["features"], row["label"])
