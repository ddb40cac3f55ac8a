"""What is handed to a metric becomes arrays, or is refused with its place named."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError


def to_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return one finite number an item.

    Raises
    ------
    InvalidInputError
        If there is no item, something is no number, or a number is NaN or infinite.
    """
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"{name}: {error}", wanted="one number an item") from error
    if numbers.ndim != 1:
        raise InvalidInputError(
            f"{name} has {numbers.ndim} dimensions", wanted="one number an item"
        )
    check_any(numbers, name)
    check_finite(numbers, name)
    return numbers


def to_whole_numbers(values: ArrayLike, name: str, low: int) -> NDArray[np.int64]:
    """Return one whole number an item, each at least ``low``.

    Raises
    ------
    InvalidInputError
        As for `to_numbers`, and if a number has a fraction or is too small.
    """
    numbers = to_numbers(values, name)
    wrong = np.flatnonzero((numbers != np.floor(numbers)) | (numbers < low) | (numbers > 2**53))
    if len(wrong):
        raise InvalidInputError(
            f"{name}: item {wrong[0]} is {numbers[wrong[0]]:g}",
            wanted=f"whole numbers of at least {low}",
            item=int(wrong[0]),
        )
    return numbers.astype(np.int64)


def check_any(items: Sequence[Any] | NDArray[Any], name: str) -> None:
    """Refuse a test without items: a score of nothing would look like a score.

    Raises
    ------
    InvalidInputError
        If there is no item.
    """
    if len(items) == 0:
        raise InvalidInputError(
            f"{name} holds no item",
            wanted="at least one",
            next_step="check that the test, or the slice of it, has rows",
        )


def check_finite(numbers: NDArray[np.float64], name: str) -> None:
    """Refuse NaN and infinity, of a model that diverged for example.

    Raises
    ------
    InvalidInputError
        With the first item that has one.
    """
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        raise InvalidInputError(
            f"{name}: item {wrong[0][0]} has {numbers[tuple(wrong[0])]}",
            wanted="finite numbers",
            next_step="look at the model's weights and losses; it may have diverged",
            item=int(wrong[0][0]),
        )


def check_paired(
    first: Sequence[Any] | NDArray[Any], second: Sequence[Any] | NDArray[Any], names: str
) -> None:
    """Refuse two lists that are not about the same items.

    Raises
    ------
    InvalidInputError
        If one is longer.
    """
    if len(first) != len(second):
        raise InvalidInputError(
            f"{names} have {len(first)} and {len(second)} items",
            wanted="as many of one as of the other, in the same order",
        )
