"""How much a challenger surely wins: one-sided p and lower bound, of few seeds or many documents.

Both work on whole numbers and round down, so every machine certifies the same gain.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.registry.paired_tests import MAX_EXACT
from workbench.registry.resampling import resampled_sums

CONFIDENCE: Final = Fraction(95, 100)
N_RESAMPLES: Final = 9_999
"""With one added, p and bound fall on whole ranks."""

MIN_DOCUMENTS: Final = 50
"""Fewer differ too little from draw to draw, and the bootstrap is sure too soon."""

MIN_SEEDS: Final = 7
"""Of six the smallest p is 1/64, above 0.01: no gain could be significant."""


@dataclass(frozen=True)
class SureGain:
    """What resamples say of a gain.

    Attributes
    ----------
    p : one-sided, of no gain; in (0, 1].
    low : lower 95 % bound of the gain, rounded down, in the unit of the losses.
    """

    p: float
    low: int


def check_documents(n_documents: int) -> None:
    """Raise ``InvalidInputError`` unless there are documents enough to draw from."""
    if n_documents < MIN_DOCUMENTS:
        raise InvalidInputError(
            f"the hidden sample has {n_documents} documents",
            wanted=f"at least {MIN_DOCUMENTS}: of fewer the bootstrap is sure too soon",
            next_step="test on more documents",
        )


def check_seeds(n_seeds: int) -> None:
    """Raise ``InvalidInputError`` unless all patterns of the seeds' signs can tell something."""
    if not MIN_SEEDS <= n_seeds <= MAX_EXACT:
        raise InvalidInputError(
            f"both models are trained with {n_seeds} seeds",
            wanted=f"{MIN_SEEDS} to {MAX_EXACT}: fewer are never significant, more are not "
            "gone through exactly",
        )


def bootstrap_gain(
    losses: NDArray[np.int64], rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> SureGain:
    """Draw documents with replacement, the same for both models.

    Parameters
    ----------
    losses
        Of each document the champion's loss, the challenger's and the parts; shape
        (n_documents, 3), at least 50 documents, sums below 2**53. Their order decides the draws.
    rng
        Draws the documents.

    Raises
    ------
    InvalidInputError
        There are fewer documents.

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", 13.3 and 15.4.
    """
    check_documents(len(losses))
    sums = resampled_sums(losses, n_resamples, rng).astype(np.int64)
    gains = sums[:, 0] - sums[:, 1]
    p = (int((gains <= 0).sum()) + 1) / (n_resamples + 1)
    rank = int((1 - CONFIDENCE) * (n_resamples + 1))
    return SureGain(p, int(np.sort(gains // sums[:, 2])[max(rank, 1) - 1]))


def seed_bound(gains: NDArray[np.int64], parts: int) -> int:
    """Return the lower 95 % bound of a gain by seed, rounded down: the sign-flip test inverted.

    The means of all subsets of the seeds cut the line into intervals of equal probability, if
    gains are symmetric about what is wanted. So the bound is one of those means, exactly.

    Parameters
    ----------
    gains
        Sum over items with each seed, from small to large; 7 to 20 of them.
    parts
        By which a sum is divided.

    Raises
    ------
    InvalidInputError
        There are fewer or more seeds.

    References
    ----------
    Hartigan 1969, "Using subsample values as typical values", JASA 64,
    doi:10.1080/01621459.1969.10501057.

    Examples
    --------
    >>> seed_bound(np.array([1, 2, 3, 4, 5, 6, 70]) * 10, parts=10)
    2
    """
    check_seeds(len(gains))
    sums, counts = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for gain in gains:
        sums = np.concatenate([sums, sums + gain])
        counts = np.concatenate([counts, counts + 1])
    # The first is of no seed and has no mean.
    means = sums[1:] // (counts[1:] * parts)
    rank = int((1 - CONFIDENCE) * 2 ** len(gains))
    return int(np.partition(means, rank - 1)[rank - 1])
