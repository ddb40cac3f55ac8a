"""Numbers as people read them: grouped, aligned, with a true minus sign."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from workbench.core.credits import MICRO
from workbench.core.errors import InvalidInputError

MINUS: Final = "\N{MINUS SIGN}"
# 95 % of a normal distribution lies within this many standard errors of its mean.
Z95: Final = 1.959963984540054
_MOST_PLACES: Final = 6


def parse_amount(text: str) -> int:
    """Return the micro-credits of an amount as it travels: a whole number in a string."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidInputError(
            f"{text!r} is no amount", wanted="whole micro-credits as a string of digits"
        )
    return int(text)


def credits_places(amounts: Sequence[int]) -> int:
    """Return the decimals, 2 to 6, at which every amount of a column is exact."""
    places = 2
    for amount in amounts:
        fraction = f"{abs(amount) % MICRO:06d}".rstrip("0")
        places = max(places, len(fraction))
    return places


def format_amount(amount: int, places: int) -> tuple[str, str]:
    """Return an amount as (text up to the hundredths, further digits).

    The pages print the further digits lighter; together they are the exact amount when
    ``places`` comes from ``credits_places``.
    """
    whole, fraction = divmod(abs(amount), MICRO)
    digits = f"{fraction:06d}"[:places]
    return f"{MINUS if amount < 0 else ''}{whole:,}.{digits[:2]}", digits[2:]


def value_places(values: Sequence[float], errors: Sequence[float]) -> int:
    """Return the decimals at which the smallest standard error shows two digits.

    Without errors, the largest value shows three digits.
    """
    known = [error for error in errors if error > 0]
    scale, digits = (min(known), 2) if known else (max(map(abs, values), default=0.0), 3)
    if scale == 0:
        return 2
    return min(_MOST_PLACES, max(2, digits - 1 - math.floor(math.log10(scale))))


def format_value(value: float, places: int) -> str:
    """Return a number with fixed decimals; what rounds to zero carries no sign."""
    text = f"{abs(value):,.{places}f}"
    return f"{MINUS}{text}" if value < 0 and float(text.replace(",", "")) != 0 else text


def format_gain(value: float, places: int) -> str:
    """Return a value with its sign, plus as well: what an owner added or took away."""
    text = format_value(value, places)
    return f"+{text}" if value > 0 and not text.startswith(MINUS) else text


def format_percent(share: float) -> str:
    """Return a share of 1 as a percentage with two decimals."""
    return f"{format_value(100 * share, 2)}\N{NO-BREAK SPACE}%"


def format_time(moment: datetime) -> str:
    """Return a moment in UTC, to the minute, with the month in words."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def axis_ticks(low: float, high: float, n_ticks: int = 4) -> list[float]:
    """Return about ``n_ticks`` round numbers within ``[low, high]``, zero among them if inside."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    rough = span / n_ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]
