"""The answer of every estimator: values, their errors and ranks."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNITS_PER_METRIC: Final = 10**12
"""Sealed values are whole units of 1e-12 of the metric, so that money follows integers."""


@dataclass(frozen=True)
class Values:
    """What each player is worth.

    Attributes
    ----------
    value : ndarray of float64, shape (n_players,); in units of the metric, may be negative.
    standard_error : ndarray of float64, shape (n_players,); at least 0.
    rank : ndarray of int64, shape (n_players,); 1 is the largest value; values that are equal
        in sealed units share one, so that the last bits of a float sum rank nobody.
    """

    value: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    rank: NDArray[np.int64]

    @classmethod
    def of(cls, value: NDArray[np.float64], standard_error: NDArray[np.float64]) -> "Values":
        """Return values with their ranks."""
        units = np.rint(value * UNITS_PER_METRIC)
        larger = units[None, :] > units[:, None]
        return cls(value, standard_error, 1 + larger.sum(axis=1))


def sealed_units(value: float) -> int:
    """Return a value as the whole units of 1e-12 that money follows.

    Rounding to units makes the seal independent of the last bits of a float sum, so a
    recomputation in SQL, numpy or another language pays the same to the last micro-credit.
    """
    return round(float(value) * UNITS_PER_METRIC)
