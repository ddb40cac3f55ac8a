"""Sealed units: values as whole numbers, so that money follows integers."""

from typing import Final

UNITS_PER_METRIC: Final = 10**12
"""Sealed values are whole units of 1e-12 of the metric, so that money follows integers."""


def sealed_units(value: float) -> int:
    """Return a value as the whole units of 1e-12 that money follows.

    Rounding to units makes the seal independent of the last bits of a float sum, so a
    recomputation in SQL, numpy or another language pays the same to the last micro-credit.
    """
    return round(float(value) * UNITS_PER_METRIC)
