"""Stopping looks twice, at errors or at money, and never at an empty start."""

import numpy as np
import pytest

from workbench.valuation.stopping import Stopping, payout_shares, probability_share_moves
from workbench.valuation.values import Values


def values(error: float, n_evaluations: int = 100, **facts: object) -> Values:
    return Values.of(
        np.array([3.0, 2.0, 1.0]), np.full(3, error), n_evaluations=n_evaluations, **facts
    )


def test_shares_are_in_proportion_to_what_is_positive() -> None:
    assert payout_shares(np.array([3.0, 1.0, -2.0])).tolist() == [0.75, 0.25, 0]
    assert payout_shares(np.array([-1.0, 0.0])).tolist() == [0, 0]


def test_a_larger_error_moves_shares_more_probably() -> None:
    chances = [probability_share_moves(values(error)) for error in (1e-6, 0.05, 0.1, 1.0)]

    assert chances == sorted(chances)
    assert chances[0] == 0
    assert chances[-1] > 0.9


def test_it_stops_at_the_second_look_in_a_row() -> None:
    stopping = Stopping()

    assert [stopping.look(values(error)) for error in (0.001, 1.0, 0.001, 0.001)] == [
        False, False, False, True
    ]  # fmt: skip


def test_the_largest_standard_error_decides_where_it_is_asked() -> None:
    stopping = Stopping(max_standard_error=0.01, max_share_move=None)

    assert [stopping.look(values(error)) for error in (0.02, 0.009, 0.009)] == [False, False, True]


@pytest.mark.parametrize("n_evaluations", [0, 14])
def test_too_few_evaluations_never_stop(n_evaluations: int) -> None:
    stopping = Stopping()

    assert not any(stopping.look(values(1e-9, n_evaluations)) for _ in range(5))


def test_a_start_without_any_spread_never_counts() -> None:
    # pyDVL issues 300 and 305: zero variance was taken for certainty.
    stopping = Stopping()

    assert not any(stopping.look(values(0.0)) for _ in range(5))
    assert probability_share_moves(values(0.0)) == 1


def test_enumeration_needs_no_second_look() -> None:
    assert Stopping().look(values(0.0, method="exact", converged=True))
