"""Drawing the rows of one test again and again, with replacement."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MAX_DRAWN: Final = 4_000_000
"""Places held at once: 32 MB, whatever the number of resamples."""


def resampled_sums(
    statistics: NDArray[np.float64] | NDArray[np.int64],
    n_resamples: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the sum of each column over rows drawn with replacement, for every resample.

    All columns of a resample are summed over the same rows, so that what is computed from
    them is paired. Equal columns have equal sums.

    Parameters
    ----------
    statistics
        Shape (n_rows, n_columns), at least one row.
    n_resamples
        How often as many rows as there are are drawn.
    rng
        Draws the rows.

    Returns
    -------
    array
        Shape (n_resamples, n_columns).

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 6.
    """
    n_rows = len(statistics)
    n_at_once = max(1, _MAX_DRAWN // n_rows)
    parts = []
    for first in range(0, n_resamples, n_at_once):
        n_drawn = min(n_at_once, n_resamples - first)
        drawn = rng.integers(0, n_rows, size=(n_drawn, n_rows))
        parts.append(_sums(statistics, drawn))
    return np.concatenate(parts)


def _sums(
    statistics: NDArray[np.float64] | NDArray[np.int64], drawn: NDArray[np.int64]
) -> NDArray[np.float64]:
    n_drawn, n_rows = drawn.shape
    if np.issubdtype(statistics.dtype, np.integer):
        # Sums of counts are exact in any order, so the fast matrix product may add them.
        places = drawn + n_rows * np.arange(n_drawn)[:, None]
        times = np.bincount(places.ravel(), minlength=n_drawn * n_rows).reshape(drawn.shape)
        return times.astype(np.float64) @ statistics.astype(np.float64)
    columns = [np.ascontiguousarray(column)[drawn].sum(axis=1) for column in statistics.T]
    return np.stack(columns, axis=1)


def percentiles(resampled: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return between which two numbers the middle share ``confidence`` of resamples lies."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def two_sided_p(differences: NDArray[np.float64]) -> float:
    """Return the share of resamples on the rarer side of no difference, twice; at most 1.

    One is added above and below: a bootstrap never proves a probability of 0.
    """
    n_resamples = len(differences)
    rarer = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (rarer + 1) / (n_resamples + 1))
