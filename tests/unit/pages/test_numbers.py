from datetime import UTC, datetime, timedelta, timezone

import pytest

from workbench.core.errors import InvalidInputError
from workbench.pages import numbers


def test_an_amount_is_grouped_and_its_further_digits_stand_apart() -> None:
    assert numbers.format_amount(1_234_567_891_234, 6) == ("1,234,567.89", "1234")


def test_an_amount_below_zero_has_a_true_minus_sign() -> None:
    assert numbers.format_amount(-1_500_000, 2) == ("−1.50", "")


@pytest.mark.parametrize(
    ("amounts", "places"), [([], 2), ([1_000_000], 2), ([1_000_000, 166_667], 6), ([10_100], 4)]
)
def test_a_column_has_as_many_decimals_as_its_longest_amount(
    amounts: list[int], places: int
) -> None:
    assert numbers.credits_places(amounts) == places


@pytest.mark.parametrize("text", ["", "1.5", "1e6", " 1", "--1", "٣", "0x10", "1_000"])
def test_an_amount_that_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no amount"):
        numbers.parse_amount(text)


@pytest.mark.parametrize(
    ("values", "errors", "places"),
    [
        ([0.0712], [0.0041], 4),
        ([0.5], [0.12], 2),
        ([1234.0], [56.0], 2),
        ([0.0712], [0.0], 4),
        ([0.0], [0.0], 2),
        ([1e-12], [1e-13], 6),
        ([], [], 2),
    ],
)
def test_values_show_two_digits_of_the_smallest_error(
    values: list[float], errors: list[float], places: int
) -> None:
    assert numbers.value_places(values, errors) == places


def test_a_value_that_rounds_to_zero_carries_no_sign() -> None:
    assert numbers.format_value(-0.00001, 3) == "0.000"
    assert numbers.format_value(-0.01, 3) == "−0.010"


def test_a_gain_carries_its_sign() -> None:
    assert numbers.format_gain(0.0712, 3) == "+0.071"
    assert numbers.format_gain(-0.0712, 3) == "−0.071"
    assert numbers.format_gain(0.0, 3) == "0.000"


def test_a_time_is_told_in_utc_wherever_it_was_taken() -> None:
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(timedelta(hours=-6)))
    assert numbers.format_time(moment) == "23 November 2026, 05:30 UTC"
    assert numbers.format_time(moment.astimezone(UTC)) == numbers.format_time(moment)


@pytest.mark.parametrize(
    ("low", "high"), [(-0.01, 0.09), (0.0, 3.0), (-5000.0, 12.0), (2e-9, 3e-9)]
)
def test_ticks_are_round_numbers_inside_the_axis(low: float, high: float) -> None:
    ticks = numbers.axis_ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-12 <= tick <= high + 1e-12 for tick in ticks)
    assert (0.0 in ticks) == (low <= 0 <= high)
