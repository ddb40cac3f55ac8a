"""Losses of two models are whole, of the same items, and summed in any order alike."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.paired_losses import PairedLosses


def whole(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.int64)


def losses(**changes: Any) -> PairedLosses:
    usual = {
        "metric": "loss",
        "champion": whole([10, 20, 30], [12, 18, 40]),
        "challenger": whole([9, 20, 29], [10, 18, 35]),
        "parts": np.array([1, 2, 3]),
        "documents": ["b", "a", "b"],
        "slices": {"language": ["nah", "es", "nah"]},
    }
    return PairedLosses(**(usual | changes))


def test_means_are_over_parts_and_seeds() -> None:
    assert losses().means == (Fraction(130, 12), Fraction(121, 12))


def test_gains_are_by_seed_from_small_to_large() -> None:
    assert losses().gains.tolist() == [2, 7]


def test_documents_are_added_over_items_and_seeds() -> None:
    assert losses().by_document.tolist() == [[38, 38, 4], [92, 83, 8]]


def test_a_slice_says_how_much_more_is_lost() -> None:
    assert losses().worsening("language") == {"es": 0, "nah": Fraction(83 - 92, 8)}


RIGHT = {"metric": "accuracy", "parts": np.ones(3, dtype=np.int64)}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"champion": np.zeros(3, dtype=np.int64)}, "shapes"),
        ({"challenger": whole([9, 20, 29])}, "shapes"),
        ({"champion": whole([]), "challenger": whole([])}, "shapes"),
        ({"documents": ["a"]}, "documents has 1 values"),
        ({"slices": {"topic": ["x"] * 4}}, "topic has 4 values"),
        ({"champion": np.full((2, 3), 0.5)}, "float64"),
        ({"champion": whole([-1, 0, 0], [0, 0, 0])}, "smallest loss is -1"),
        ({"parts": np.array([1, 0, 1])}, "fewest parts 0"),
        ({"champion": whole([2**52, 0, 0], [0, 0, 0])}, "sums may come to"),
        (RIGHT, "2 seeds"),
        (RIGHT | {"champion": whole([0] * 3), "challenger": whole([0, 5, 0])}, "right nor wrong"),
        (
            {"metric": "accuracy", "champion": whole([0] * 3), "challenger": whole([0] * 3)},
            "3 parts",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(changes: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidInputError, match=found) as raised:
        losses(**changes)
    assert raised.value.wanted
