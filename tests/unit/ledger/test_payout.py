"""One rounding: whole, exact, the same whatever the order."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.ledger.payout import largest_remainder, split_pool


def test_the_unit_left_over_goes_to_the_largest_remainder() -> None:
    assert largest_remainder(10, {"a": 6, "b": 6, "c": 2}) == {"a": 4, "b": 4, "c": 2}


def test_a_larger_total_may_give_somebody_less() -> None:
    # Hamilton's method is not monotone: totals are sums of epochs, never split again.
    assert largest_remainder(11, {"a": 6, "b": 6, "c": 2}) == {"a": 5, "b": 5, "c": 1}


def test_ties_go_to_the_smaller_id_in_bytes() -> None:
    assert largest_remainder(1, {"b": 1, "B": 1, "á": 1}) == {"B": 1, "b": 0, "á": 0}


def test_a_zero_weight_never_receives() -> None:
    assert largest_remainder(2, {"a": 1, "b": 1, "c": 0})["c"] == 0


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 0, "b": 0}])
def test_nobody_to_pay_is_refused(weights: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match="weight above 0"):
        largest_remainder(5, weights)


def test_negative_weights_and_totals_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="weight of a"):
        largest_remainder(5, {"a": -1})
    with pytest.raises(InvalidInputError, match="total"):
        largest_remainder(-5, {"a": 1})


def test_a_negative_value_is_shown_and_never_charged() -> None:
    assert split_pool(100, {"helps": 30, "harms": -20}) == {"helps": 100, "harms": 0}


def test_nothing_positive_returns_the_whole_pool() -> None:
    assert split_pool(100, {"a": -1, "b": 0}) == {"a": 0, "b": 0}


def test_a_gain_below_the_tasks_minimum_returns_the_whole_pool() -> None:
    assert split_pool(100, {"a": 5, "b": 4}, minimum_gain=10) == {"a": 0, "b": 0}
    assert split_pool(100, {"a": 5, "b": 5}, minimum_gain=10) == {"a": 50, "b": 50}
