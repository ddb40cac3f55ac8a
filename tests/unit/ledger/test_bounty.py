"""A bounty follows the certified gain, and is divided to the last unit."""

from fractions import Fraction

import pytest

from workbench.core.errors import InvalidInputError
from workbench.ledger.bounty import bounty_of, split_bounty


def test_a_bounty_is_what_is_left_at_most() -> None:
    assert bounty_of(3, price=10, at_most=100) == 30
    assert bounty_of(30, price=10, at_most=100) == 100
    assert bounty_of(0, price=10, at_most=100) == 0


@pytest.mark.parametrize("numbers", [(-1, 1, 1), (1, -1, 1), (1, 1, -1)])
def test_no_bounty_is_negative(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInputError, match="is -1"):
        bounty_of(*numbers)


def test_thirds_are_rounded_once() -> None:
    thirds = dict.fromkeys(["c", "a", "b"], Fraction(1, 3))
    assert split_bounty(100, thirds) == {"c": 33, "a": 34, "b": 33}


@pytest.mark.parametrize(
    "parts",
    [{}, {"a": Fraction(1, 2)}, {"a": Fraction(3, 2), "b": Fraction(-1, 2)}],
)
def test_parts_that_are_no_whole_are_refused(parts: dict[str, Fraction]) -> None:
    with pytest.raises(InvalidInputError):
        split_bounty(100, parts)
