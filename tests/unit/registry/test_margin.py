"""The margin falls linearly from 5 % to 1 %, exactly."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.margin import Margin

DAY = timedelta(days=1)
MARGIN = Margin(period=40 * DAY)


@pytest.mark.parametrize(
    ("days", "percent"),
    [(-3, 5), (0, 5), (10, 4), (20, 3), (25, Fraction(5, 2)), (40, 1), (400, 1)],
)
def test_it_is_linear_and_then_stays(days: int, percent: Any) -> None:
    assert MARGIN.at(days * DAY) == Fraction(percent) / 100


def test_exactly_the_margin_is_not_enough() -> None:
    champion = Fraction(1_000_000)
    assert not MARGIN.holds(champion, Fraction(950_000), timedelta())
    assert MARGIN.holds(champion, Fraction(949_999), timedelta())
    assert not MARGIN.holds(Fraction(0), Fraction(0), 50 * DAY)


@pytest.mark.parametrize(
    ("challenger", "wanted"),
    [
        (940, timedelta()),
        (950, timedelta(microseconds=1)),
        (970, 20 * DAY + timedelta(microseconds=1)),
        (990, None),
        (1000, None),
    ],
)
def test_it_says_when_it_is_met(challenger: int, wanted: timedelta | None) -> None:
    assert MARGIN.holds_from(Fraction(1000), Fraction(challenger)) == wanted


def test_a_margin_that_never_falls_is_met_at_once_or_never() -> None:
    level = Margin(start=Fraction(1, 100))
    assert level.holds_from(Fraction(100), Fraction(98)) == timedelta()
    assert level.holds_from(Fraction(100), Fraction(99)) is None


@pytest.mark.parametrize(
    "options",
    [
        {"start": Fraction(0)},
        {"start": Fraction(1)},
        {"end": Fraction(-1, 100)},
        {"period": timedelta()},
    ],
)
def test_a_margin_that_rises_or_takes_no_time_is_refused(options: Any) -> None:
    with pytest.raises(InvalidInputError, match="the margin"):
        Margin(**options)
