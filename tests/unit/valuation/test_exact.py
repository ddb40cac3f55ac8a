"""Exact values against games whose values are known in closed form."""

from collections.abc import Callable
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.exact import exact_values


def game(n_players: int, worth: Callable[[int], float]) -> NDArray[np.float64]:
    return np.array([float(worth(c)) for c in range(2**n_players)])


def test_one_right_glove_is_worth_two_thirds_beside_two_left_ones() -> None:
    gloves = game(3, lambda c: min((c & 1) + (c >> 1 & 1), c >> 2 & 1))

    values = exact_values(gloves)

    assert values.value == pytest.approx([1 / 6, 1 / 6, 2 / 3], abs=1e-15)
    assert values.rank.tolist() == [2, 2, 1]


def test_a_runway_is_paid_by_those_who_need_its_length() -> None:
    # Littlechild and Owen (1973): each stretch is shared by the aeroplanes that need it.
    costs = [1, 2, 5, 9]
    airport = game(4, lambda c: max((costs[i] for i in range(4) if c >> i & 1), default=0))

    values = exact_values(airport)

    shares = [
        Fraction(1, 4),
        Fraction(1, 4) + Fraction(1, 3),
        Fraction(1, 4) + Fraction(1, 3) + Fraction(3, 2),
        Fraction(1, 4) + Fraction(1, 3) + Fraction(3, 2) + 4,
    ]
    assert values.value == pytest.approx([float(share) for share in shares], abs=1e-12)


def test_in_a_unanimity_game_its_members_share_and_others_get_nothing() -> None:
    carrier = 0b0101
    unanimity = game(4, lambda c: c & carrier == carrier)

    assert exact_values(unanimity).value == pytest.approx([0.5, 0, 0.5, 0], abs=1e-15)


def test_in_a_majority_game_everybody_is_worth_the_same() -> None:
    majority = game(7, lambda c: c.bit_count() >= 4)

    values = exact_values(majority)

    assert values.value == pytest.approx([1 / 7] * 7, abs=1e-15)


def test_five_permanent_members_hold_the_security_council() -> None:
    # Shapley and Shubik (1954), with the ten elected members of today: 9 votes, no veto.
    permanent = 0b11111
    council = game(15, lambda c: c & permanent == permanent and c.bit_count() >= 9)

    values = exact_values(council)

    elected = Fraction(
        sum(comb(9, s - 6) * _arrangements(s, 15) for s in [9]), 1
    )  # pivotal only as the ninth vote, after all five permanent members and three others
    assert values.value[5:] == pytest.approx([float(elected)] * 10, abs=1e-15)
    assert values.value[:5] == pytest.approx([(1 - 10 * float(elected)) / 5] * 5, abs=1e-12)


def _arrangements(size: int, n_players: int) -> Fraction:
    """Return the weight of a coalition of ``size`` whose last member is pivotal."""
    return Fraction(1, n_players * comb(n_players - 1, size - 1))


def test_without_blocks_enumeration_has_no_error() -> None:
    assert exact_values(np.array([0.0, 1.0, 2.0, 3.0])).standard_error.tolist() == [0, 0]


def test_the_error_is_the_spread_of_the_values_over_blocks_of_test_items() -> None:
    blocks = np.array([[0, 0], [1, 3], [2, 2], [3, 5]], dtype=float)
    values = exact_values(blocks.mean(axis=1), blocks)

    # Player 0 is worth 1 on the first block and 3 on the second: std √2, over √2.
    assert values.value == pytest.approx([2, 2])
    assert values.standard_error == pytest.approx([1, 0])


@pytest.mark.parametrize("size", [0, 1, 3, 5])
def test_a_table_with_missing_coalitions_is_refused(size: int) -> None:
    with pytest.raises(InvalidInputError, match="not a whole game"):
        exact_values(np.zeros(size))


@pytest.mark.parametrize("worth", [np.nan, np.inf])
def test_a_utility_that_is_not_finite_is_refused_with_its_coalition(worth: float) -> None:
    utilities = np.zeros(8)
    utilities[0b101] = worth

    with pytest.raises(InvalidInputError, match="0b101") as refused:
        exact_values(utilities)

    assert refused.value.facts["coalition"] == "5"
