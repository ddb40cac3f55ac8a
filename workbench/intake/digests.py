"""What makes two texts the same: a digest that ignores case, width and white space."""

import unicodedata

from workbench.core.canonical import sha256_hex


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
