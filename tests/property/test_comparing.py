"""Laws of tests between two models, whatever their answers."""

from itertools import product
from math import comb

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from workbench.registry.paired_tests import mcnemar_exact, sign_flip_test

counts = st.integers(min_value=0, max_value=60)
# Of a size at which sums of ten of them are told apart, or are equal.
amounts = st.integers(min_value=-500, max_value=500).map(lambda n: n / 64)


def differences(most: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, st.integers(min_value=1, max_value=most), elements=amounts)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@given(counts, counts)
def test_mcnemar_is_the_sum_of_a_binomial(first: int, other: int) -> None:
    n_tosses = first + other
    at_least = sum(comb(n_tosses, k) for k in range(other, n_tosses + 1)) / 2**n_tosses
    at_most = sum(comb(n_tosses, k) for k in range(other + 1)) / 2**n_tosses
    assert mcnemar_exact(first, other, alternative="greater").p == at_least
    assert mcnemar_exact(first, other, alternative="less").p == at_most
    assert mcnemar_exact(first, other).p == min(1, 2 * min(at_least, at_most))


@given(counts, counts)
def test_mcnemar_is_the_same_from_either_side(first: int, other: int) -> None:
    assert mcnemar_exact(first, other) == mcnemar_exact(other, first)
    greater = mcnemar_exact(first, other, alternative="greater")
    assert greater == mcnemar_exact(other, first, alternative="less")


@given(counts)
def test_models_that_are_right_equally_often_do_not_differ(count: int) -> None:
    assert mcnemar_exact(count, count).p == 1


@given(differences(10))
def test_sign_flip_is_the_share_of_all_patterns(values: NDArray[np.float64]) -> None:
    signs = np.array(list(product((1.0, -1.0), repeat=len(values))))
    # Multiples of 1/64: these sums are exact.
    sums, total = signs @ values, values.sum()
    wanted = {
        "two-sided": np.abs(sums) >= abs(total),
        "greater": sums >= total,
        "less": sums <= total,
    }
    assert sign_flip_test(values, rng()).p == wanted["two-sided"].mean()
    assert sign_flip_test(values, rng(), alternative="greater").p == wanted["greater"].mean()
    assert sign_flip_test(values, rng(), alternative="less").p == wanted["less"].mean()


@settings(max_examples=40)
@given(differences(60))
def test_sign_flip_is_the_same_from_either_side(values: NDArray[np.float64]) -> None:
    for one, other in (("two-sided", "two-sided"), ("greater", "less")):
        here = sign_flip_test(values, rng(), alternative=one, n_flips=500)  # type: ignore[arg-type]
        there = sign_flip_test(-values, rng(), alternative=other, n_flips=500)  # type: ignore[arg-type]
        assert here == there
        assert 0 < here.p <= 1


@settings(max_examples=40)
@given(differences(60), st.sampled_from([1e-9, 3.0, 2.0**40]))
def test_sign_flip_does_not_know_the_unit(values: NDArray[np.float64], unit: float) -> None:
    plain, scaled = (sign_flip_test(x, rng(), n_flips=500) for x in (values, unit * values))
    assert plain == scaled


@given(st.integers(min_value=1, max_value=80))
def test_equal_models_have_p_of_1(n_items: int) -> None:
    assert sign_flip_test(np.zeros(n_items), rng()).p == 1
