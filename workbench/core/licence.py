"""What is said of a licence that nobody has named."""

from typing import Final

NOASSERTION: Final = "NOASSERTION"
"""SPDX's word for it; it stands where an expression would, never inside one."""
