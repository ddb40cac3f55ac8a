"""One rounding: whole, exact, the same whatever the order."""

from fractions import Fraction

import pytest

from workbench.core.errors import InvalidInputError
from workbench.ledger.payout import PayoutRule, Portion, largest_remainder, split_pool

LOWER = PayoutRule(on_lower_bound=True)


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
    assert split_pool(100, {"helps": 30, "harms": -20}).amounts == {"helps": 100, "harms": 0}


def test_nothing_positive_returns_the_whole_pool() -> None:
    split = split_pool(100, {"a": -1, "b": 0})
    assert (split.amounts, split.paid, split.returned) == ({"a": 0, "b": 0}, 0, 100)
    assert split.why_returned == "no value is above 0"


def test_a_gain_below_the_tasks_minimum_returns_the_whole_pool() -> None:
    rule = PayoutRule(minimum_gain=10)
    below = split_pool(100, {"a": 5, "b": 4}, rule)
    assert below.amounts == {"a": 0, "b": 0}
    assert "9 units is below the task's minimum of 10" in below.why_returned
    assert split_pool(100, {"a": 5, "b": 5}, rule).amounts == {"a": 50, "b": 50}


def test_on_the_lower_bound_what_is_not_sure_returns_and_nobody_else_gets_it() -> None:
    split = split_pool(
        100, {"a": 60, "b": 40, "c": -5}, LOWER, low_units={"a": 45, "b": -3, "c": -9}
    )
    assert split.amounts == {"a": 45, "b": 0, "c": 0}
    assert (split.returned, split.why_returned) == (55, "")


def test_on_the_lower_bound_nothing_sure_returns_the_whole_pool() -> None:
    split = split_pool(100, {"a": 60}, LOWER, low_units={"a": -1})
    assert (split.paid, split.why_returned) == (0, "no value is surely above 0")


@pytest.mark.parametrize("low_units", [None, {}, {"a": 61}])
def test_a_lower_end_that_is_missing_or_above_its_value_is_refused(
    low_units: dict[str, int] | None,
) -> None:
    with pytest.raises(InvalidInputError, match="lower end"):
        split_pool(100, {"a": 60}, LOWER, low_units=low_units)


def test_what_is_above_the_cap_returns_to_the_sponsor() -> None:
    rule = PayoutRule(owner_cap=Fraction(1, 2))
    split = split_pool(101, {"a": 8, "b": 2}, rule)
    assert split.amounts == {"a": 50, "b": 20}
    assert split.portions["a"] == Portion(weight=8, floor=80, rounding=1, above_cap=31)
    assert split.returned == 31
