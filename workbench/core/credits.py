"""Amounts: whole micro-credits, never float, never decimal."""

import re
from typing import Final

from workbench.core.errors import InvalidInputError

MICRO: Final = 1_000_000
MAX_AMOUNT: Final = 2**63 - 1
_CREDITS = re.compile(r"(?P<sign>-?)(?P<whole>\d{1,13})(?:\.(?P<fraction>\d{1,6}))?", re.ASCII)


def parse_credits(text: str) -> int:
    """Return the micro-credits of a decimal text such as ``"12.5"``.

    Raises
    ------
    InvalidInputError
        Not a plain decimal with at most six places, or larger than a bigint holds.
    """
    match = _CREDITS.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            f"{text!r} is no amount of credits", wanted='a decimal with up to 6 places, as "12.5"'
        )
    amount = int(match["whole"]) * MICRO + int((match["fraction"] or "").ljust(6, "0"))
    if amount > MAX_AMOUNT:
        raise InvalidInputError(f"{text} credits are too many", wanted="at most 2**63 - 1 µcr")
    return -amount if match["sign"] else amount


def format_credits(amount: int) -> str:
    """Return micro-credits as a decimal text with at least two places, e.g. ``"166.67"``.

    The text is exact: ``parse_credits(format_credits(x)) == x``.
    """
    whole, fraction = divmod(abs(amount), MICRO)
    places = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{places}"
