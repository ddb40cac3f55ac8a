"""Exact tests agree with sums over all patterns, and with scipy's."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, permutation_test

from workbench.core.errors import InvalidInputError
from workbench.registry.paired_tests import (
    MAX_EXACT,
    Alternative,
    mcnemar_exact,
    sign_flip_test,
)

ALTERNATIVES: tuple[Alternative, ...] = ("two-sided", "greater", "less")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(n_items: int, shift: float = 0.0) -> NDArray[np.float64]:
    return rng(n_items).normal(loc=shift, size=n_items)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize(
    ("first", "other"), [(0, 0), (0, 5), (3, 3), (2, 9), (40, 25), (5200, 5e3)]
)
def test_mcnemar_is_the_binomial_test(first: int, other: int, alternative: Alternative) -> None:
    other = int(other)
    found = mcnemar_exact(first, other, alternative=alternative)
    wanted = 1.0
    if first + other:
        wanted = binomtest(other, first + other, 0.5, alternative=alternative).pvalue
    assert found.p == pytest.approx(wanted, rel=1e-9)
    assert (str(found), found.n_items) == ("McNemar, exact", first + other)


@pytest.mark.parametrize(("first", "other"), [(4950, 5050), (4951, 5050)])
def test_whole_numbers_and_their_continuation_agree(first: int, other: int) -> None:
    """One item more and scipy's incomplete beta function takes over."""
    n_tosses = first + other
    tail = sum(math.comb(n_tosses, k) for k in range(first + 1))
    assert mcnemar_exact(first, other).p == pytest.approx(2 * tail / 2**n_tosses, rel=1e-9)


def test_p_is_never_zero() -> None:
    assert 0 < mcnemar_exact(0, 5000).p < 1e-300
    assert 0 < mcnemar_exact(0, 500_000, alternative="greater").p < 1e-300
    assert sign_flip_test(np.full(500, 1e300), rng()).p == 1 / 20_001


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("n_items", [1, 2, 5, 9])
def test_sign_flip_goes_through_all_patterns(n_items: int, alternative: Alternative) -> None:
    values = drawn(n_items, 0.4)
    signs = np.array(list(itertools.product((1, -1), repeat=n_items)))
    sums, total = signs @ values, values.sum()
    extreme = {
        "two-sided": np.abs(sums) >= abs(total) - 1e-9,
        "greater": sums >= total - 1e-9,
        "less": sums <= total + 1e-9,
    }[alternative]
    found = sign_flip_test(values, rng(), alternative=alternative)
    assert found.p == extreme.mean()
    assert str(found) == "sign-flip, exact"


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_sign_flip_is_scipys_permutation_test(alternative: Alternative) -> None:
    values = drawn(11, 0.3)
    wanted = permutation_test(
        (values,), np.sum, permutation_type="samples", alternative=alternative, n_resamples=np.inf
    )
    found = sign_flip_test(values, rng(), alternative=alternative)
    assert found.p == pytest.approx(wanted.pvalue, rel=1e-12)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_drawn_patterns_come_near_to_all(alternative: Alternative) -> None:
    values = drawn(MAX_EXACT, 0.3)
    exact = sign_flip_test(values, rng(), alternative=alternative)
    # One more, so small that it changes no comparison.
    near = sign_flip_test([*values, 1e-9], rng(), alternative=alternative, n_flips=50_000)
    assert (exact.how, near.how) == ("exact", "50,000 flips")
    assert near.p == pytest.approx(exact.p, abs=5 * math.sqrt(exact.p / 50_000))


def test_drawn_patterns_depend_on_the_seed_alone() -> None:
    values = drawn(60, 0.2)
    assert sign_flip_test(values, rng(1)) == sign_flip_test(values, rng(1))
    assert sign_flip_test(values, rng(1)) != sign_flip_test(values, rng(2))


def test_items_without_a_difference_say_nothing() -> None:
    values = drawn(7)
    assert sign_flip_test([*values, *[0.0] * 500], rng()) == sign_flip_test(values, rng())
    assert sign_flip_test(np.zeros(9), rng()).p == 1


def test_ties_count_as_extreme() -> None:
    """0.1 + 0.2 is not 0.3 in binary: rounding must not tell equal sums apart."""
    assert sign_flip_test([0.1, 0.2, -0.3, 0.3], rng(), alternative="greater").p == 6 / 16


@pytest.mark.parametrize(
    ("call", "found"),
    [
        (lambda: mcnemar_exact(-1, 2), "-1"),
        (lambda: mcnemar_exact(1.5, 2), "1.5"),  # type: ignore[arg-type]
        (lambda: mcnemar_exact(1, 2, alternative="both"), "both"),  # type: ignore[arg-type]
        (lambda: sign_flip_test([], rng()), "shape"),
        (lambda: sign_flip_test([[1.0]], rng()), "shape"),
        (lambda: sign_flip_test([np.nan], rng()), "finite"),
        (lambda: sign_flip_test([1.0], rng(), n_flips=99), "99"),
    ],
)
def test_what_cannot_be_tested_is_refused(call: Any, found: str) -> None:
    with pytest.raises(InvalidInputError, match=found):
        call()
