"""Sealed units: values as whole numbers, so that money follows integers."""

import math
from typing import Final

from workbench.core.errors import InvalidInputError

UNITS_PER_METRIC: Final = 10**12
"""Sealed values are whole units of 1e-12 of the metric, so that money follows integers."""

MICRO_PER_METRIC: Final = 10**6
"""Losses of a merge's test and certified gains are whole millionths of the metric."""


def sealed_units(value: float) -> int:
    """Return a value as the whole units of 1e-12 that money follows.

    Rounding to units makes the seal independent of the last bits of a float sum, so a
    recomputation in SQL, numpy or another language pays the same to the last micro-credit.
    """
    return round(float(value) * UNITS_PER_METRIC)


def micro_units(loss: float) -> int:
    """Return an item's loss as whole millionths of the metric.

    Whole losses have one sum in any order, so items may be relabelled and nothing changes.

    Raises
    ------
    InvalidInputError
        The loss is infinite or no number.

    Examples
    --------
    >>> micro_units(2.302585093)
    2302585
    """
    if not math.isfinite(loss):
        raise InvalidInputError(
            f"a loss is {loss}",
            wanted="a finite number an item",
            next_step="look at the model: its training may have diverged",
        )
    return round(float(loss) * MICRO_PER_METRIC)


def micro_text(micro: int | str) -> str:
    """Return whole millionths of the metric as a decimal, exactly.

    >>> micro_text("20000"), micro_text(-1_500_000), micro_text(0)
    ('0.02', '-1.5', '0')
    """
    whole, rest = divmod(abs(int(micro)), MICRO_PER_METRIC)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if int(micro) < 0 else text
