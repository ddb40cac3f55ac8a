"""Seeds that nobody picks: derived from what they are for."""

import hashlib
from typing import Any

from workbench.core.canonical import canonical_bytes


def derive_seed(*parts: Any) -> int:
    """Return a seed in [0, 2**63) that depends on the parts alone.

    The first eight bytes of SHA-256 over the parts' canonical JSON, top bit cleared, so that
    a coalition's job has the same seed whatever ran before it and on however many workers.
    """
    digest = hashlib.sha256(b"workbench/seed/1\n" + canonical_bytes(list(parts))).digest()
    return int.from_bytes(digest[:8], "big") >> 1
