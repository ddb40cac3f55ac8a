"""Permutation sampling: unbiased, seeded, honest about its error."""

from itertools import permutations

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.valuation.exact import exact_values
from workbench.valuation.permutation import draw_permutations, permutation_values, prefixes


def test_an_order_meets_every_coalition_from_empty_to_full() -> None:
    assert prefixes(np.array([2, 0, 1])) == [0b000, 0b100, 0b101, 0b111]


def test_a_larger_draw_begins_with_the_smaller_one() -> None:
    few = draw_permutations(5, 3, np.random.default_rng(7))
    many = draw_permutations(5, 9, np.random.default_rng(7))

    assert (many[:3] == few).all()


def test_all_permutations_give_the_exact_values() -> None:
    utilities = np.random.default_rng(1).normal(size=16)
    marginals = []
    for order in permutations(range(4)):
        masks = prefixes(np.array(order))
        added = np.diff(utilities[masks])
        marginals.append([added[order.index(player)] for player in range(4)])

    values = permutation_values(np.array(marginals))

    assert values.value == pytest.approx(exact_values(utilities).value, abs=1e-12)


def test_the_error_is_that_of_a_mean() -> None:
    values = permutation_values(np.array([[1.0, 0.0], [3.0, 0.0]]))

    assert values.value.tolist() == [2, 0]
    assert values.standard_error.tolist() == [1, 0]


def test_one_permutation_leaves_the_error_unknown() -> None:
    with pytest.raises(InvalidInputError, match="error unknown"):
        permutation_values(np.ones((1, 3)))
