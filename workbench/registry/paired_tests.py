"""Exact tests of whether one model is better than another on the same items.

Both ask how often a difference as large would be seen if it were a toss which of the two models
gave which of an item's two answers. They need no normal distribution and no large number of
items, only items that do not depend on one another.
"""

import math
import operator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from workbench.core.errors import InvalidInputError

Alternative = Literal["two-sided", "greater", "less"]

MAX_EXACT: Final = 20
"""Differences up to which every pattern of signs is gone through: a million patterns."""

N_FLIPS: Final = 20_000
_MAX_WHOLE: Final = 10_000
_ROUNDING: Final = 1e-12
_SMALLEST: Final = math.ulp(0.0)
_BITS_AT_ONCE: Final = 16_000_000


@dataclass(frozen=True)
class PairedTest:
    """How surely two models differ.

    Attributes
    ----------
    p : the probability of a difference at least as large where there is none; in (0, 1].
    test : ``"McNemar"`` or ``"sign-flip"``.
    how : ``"exact"``, or how many patterns were drawn, ``"20,000 flips"`` for example.
    n_items : that the models differ in; the others say nothing.
    """

    p: float
    test: str
    how: str
    n_items: int

    def __str__(self) -> str:
        return f"{self.test}, {self.how}"


def mcnemar_exact(
    only_first: int, only_other: int, *, alternative: Alternative = "two-sided"
) -> PairedTest:
    """Test whether two classifiers are right equally often, on the items that tell them apart.

    Under no difference ``only_other`` is binomial, n = ``only_first + only_other`` tosses of a
    fair coin. Items that both find or both miss count for nothing.

    Parameters
    ----------
    only_first
        Items that only the first model classified rightly, at least 0.
    only_other
        Items that only the other did, at least 0.
    alternative
        What is to be shown: ``"greater"`` that the other model is right more often, ``"less"``
        that it is so less often, ``"two-sided"`` either.

    Returns
    -------
    PairedTest
        Always exact. The two-sided p is twice the smaller tail, at most 1.

    Raises
    ------
    InvalidInputError
        A count is negative or no whole number, or the alternative is none of the three.

    References
    ----------
    McNemar 1947, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12, doi:10.1007/BF02295996.

    Examples
    --------
    >>> mcnemar_exact(1, 9).p == 2 * (1 + 10) / 2**10
    True
    """
    _check_alternative(alternative)
    first, other = _count_of(only_first), _count_of(only_other)
    # The chance of at least `other` successes is that of at most `first` failures.
    match alternative:
        case "greater":
            p = _at_most(first, first + other)
        case "less":
            p = _at_most(other, first + other)
        case _:
            p = min(1.0, 2 * _at_most(min(first, other), first + other))
    return PairedTest(max(p, _SMALLEST), "McNemar", "exact", first + other)


def _count_of(items: int) -> int:
    try:
        count = operator.index(items)
    except TypeError:
        count = -1
    if count < 0:
        raise InvalidInputError(
            f"a count of items is {items!r}", wanted="whole numbers of at least 0"
        )
    return count


def _at_most(count: int, n_tosses: int) -> float:
    """Return the probability of at most so many heads of a fair coin."""
    if n_tosses > _MAX_WHOLE:
        return float(bdtr(count, n_tosses, 0.5))
    term = total = 1
    for heads in range(count):
        term = term * (n_tosses - heads) // (heads + 1)
        total += term
    return float(total / 2**n_tosses)


def sign_flip_test(
    differences: ArrayLike,
    rng: np.random.Generator,
    *,
    alternative: Alternative = "two-sided",
    n_flips: int = N_FLIPS,
) -> PairedTest:
    """Test whether paired differences are symmetric about 0, by their sum.

    Under no difference each sign is a fair toss. Up to 20 differences other than 0 all patterns
    of signs are gone through, and the test is exact; with more, ``n_flips`` are drawn, and p is
    (r + 1) / (n_flips + 1) where r of them are as extreme, which is valid for any number drawn.

    Parameters
    ----------
    differences
        Of each item, the other model's less the first's; shape (n_items,), finite.
    rng
        Draws patterns; not touched where all are gone through.
    alternative
        What is to be shown: ``"greater"`` that differences lie above 0, ``"less"`` below,
        ``"two-sided"`` either.
    n_flips
        Patterns drawn, at least 100.

    Raises
    ------
    InvalidInputError
        There is no difference, one is not finite, or an option is none.

    References
    ----------
    Fisher 1935, "The Design of Experiments", section 21; for drawn patterns Phipson and Smyth
    2010, "Permutation p-values should never be zero", doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> sign_flip_test([1, 2, 3], np.random.default_rng(0)).p
    0.25
    """
    _check_alternative(alternative)
    found = np.asarray(differences, dtype=np.float64)
    if found.ndim != 1 or not len(found) or not np.isfinite(found).all():
        raise InvalidInputError(
            f"differences of shape {found.shape} are not a finite number an item",
            wanted="at least one finite difference",
            next_step="look at the models' losses; one may have diverged",
        )
    if n_flips < 100:
        raise InvalidInputError(f"n_flips is {n_flips}", wanted="at least 100")
    # A difference of 0 stays 0 with either sign.
    found = found[found != 0]
    if not len(found):
        return PairedTest(1.0, "sign-flip", "exact", 0)
    # Scaled, so that no sum overflows; and rounding may not tell equal sums apart.
    found = found / np.abs(found).max()
    if alternative == "less":
        found = -found
    limit = found.sum()
    limit = abs(limit) if alternative == "two-sided" else limit
    limit -= _ROUNDING * np.abs(found).sum()
    if len(found) <= MAX_EXACT:
        n_extreme = _count(_all_sums(found), limit, alternative)
        return PairedTest(n_extreme / 2 ** len(found), "sign-flip", "exact", len(found))
    n_extreme, n_left = 0, n_flips
    while n_left:
        n_drawn = min(n_left, max(1, _BITS_AT_ONCE // len(found)))
        n_extreme += _count(_drawn_sums(found, n_drawn, rng), limit, alternative)
        n_left -= n_drawn
    p = (n_extreme + 1) / (n_flips + 1)
    return PairedTest(p, "sign-flip", f"{n_flips:,} flips", len(found))


def _all_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of all patterns of signs, 2 ** n_values of them."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def _drawn_sums(
    values: NDArray[np.float64], n_drawn: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    width = -(-len(values) // 8)
    drawn = np.frombuffer(rng.bytes(n_drawn * width), dtype=np.uint8).reshape(n_drawn, width)
    kept = np.unpackbits(drawn, axis=1, count=len(values)).astype(np.float64) @ values
    return np.asarray(2 * kept - values.sum(), dtype=np.float64)


def _count(sums: NDArray[np.float64], limit: float, alternative: Alternative) -> int:
    extreme = np.abs(sums) if alternative == "two-sided" else sums
    return int((extreme >= limit).sum())


def _check_alternative(alternative: str) -> None:
    if alternative not in {"two-sided", "greater", "less"}:
        raise InvalidInputError(
            f"the alternative is {alternative!r:.40}", wanted="two-sided, greater or less"
        )
