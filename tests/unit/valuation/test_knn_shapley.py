"""KNN-Shapley against brute force, in fractions."""

from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation import knn_shapley


def brute_force(
    x: NDArray[Any], y: NDArray[Any], x_test: NDArray[Any], y_test: NDArray[Any], k: int,
    owner: list[int],
) -> list[Fraction]:  # fmt: skip
    """Return the Shapley values of owners by their definition, without a rounding."""
    n_owners = max(owner) + 1

    def worth(members: frozenset[int]) -> Fraction:
        rows = [r for r in range(len(x)) if owner[r] in members]
        total = Fraction(0)
        for point, label in zip(x_test, y_test, strict=True):
            near = sorted(rows, key=lambda r: (((x[r] - point) ** 2).sum(), r))[:k]
            total += Fraction(sum(int(y[r] == label) for r in near), k)
        return total / len(x_test)

    values = []
    for player in range(n_owners):
        others = [o for o in range(n_owners) if o != player]
        value = Fraction(0)
        for size in range(n_owners):
            for chosen in combinations(others, size):
                gain = worth(frozenset({*chosen, player})) - worth(frozenset(chosen))
                value += gain / (n_owners * comb(n_owners - 1, size))
        values.append(value)
    return values


def table(seed: int, n_rows: int) -> tuple[NDArray[Any], ...]:
    rng = np.random.default_rng(seed)
    # Whole numbers: distances are exact, and some are equal.
    return (
        rng.integers(0, 6, (n_rows, 2)), rng.integers(0, 3, n_rows),
        rng.integers(0, 6, (3, 2)), rng.integers(0, 3, 3),
    )  # fmt: skip


@pytest.mark.parametrize("k", [1, 2, 5, 9])
@pytest.mark.parametrize("seed", [0, 1])
def test_rows_agree_with_fractions(seed: int, k: int) -> None:
    x, y, x_test, y_test = table(seed, 7)

    values = knn_shapley(x, y, x_test, y_test, n_neighbors=k)

    exact = brute_force(x, y, x_test, y_test, k, list(range(7)))
    assert values == pytest.approx([float(v) for v in exact], abs=1e-14)


@pytest.mark.parametrize("k", [1, 3, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_groups_agree_with_fractions(seed: int, k: int) -> None:
    x, y, x_test, y_test = table(seed, 13)
    owner = np.random.default_rng(seed).integers(0, 4, 13)
    owner[:2] = [4, 0]

    values = knn_shapley(x, y, x_test, y_test, n_neighbors=k, groups=owner)

    exact = brute_force(x, y, x_test, y_test, k, owner.tolist())
    assert values == pytest.approx([float(v) for v in exact], abs=1e-13)


def test_groups_of_one_row_are_rows() -> None:
    x, y, x_test, y_test = table(3, 20)

    rows = knn_shapley(x, y, x_test, y_test)
    groups = knn_shapley(x, y, x_test, y_test, groups=np.arange(20))

    assert groups == pytest.approx(rows, abs=1e-13)


def test_values_sum_to_what_all_rows_reach() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 3)), rng.integers(0, 2, 200)
    x_test, y_test = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    nearest = np.argsort(((x_test[:, None] - x) ** 2).sum(axis=2), axis=1)[:, :5]
    reached = (y[nearest] == y_test[:, None]).mean()

    assert knn_shapley(x, y, x_test, y_test).sum() == pytest.approx(reached)
    groups = rng.integers(0, 5, 200)
    assert knn_shapley(x, y, x_test, y_test, groups=groups).sum() == pytest.approx(reached)


def test_a_group_without_rows_is_worth_nothing() -> None:
    x, y, x_test, y_test = table(0, 6)

    values = knn_shapley(x, y, x_test, y_test, groups=[0, 2, 0, 2, 0, 2])

    assert values[1] == 0


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"n_neighbors": 0}, "0 neighbours"),
        ({"x_test": np.zeros((3, 5))}, "train has 2 features, test 5"),
        ({"y_train": [1]}, "labels of shape"),
        ({"x_train": np.zeros((0, 2)), "y_train": []}, "train has features"),
        ({"x_train": np.full((6, 2), np.nan)}, "row 0 of train"),
        ({"groups": [0, 1]}, "groups have shape"),
        ({"groups": [-1] * 6}, "groups have shape"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], match: str) -> None:
    x, y, x_test, y_test = table(0, 6)
    given = {"x_train": x, "y_train": y, "x_test": x_test, "y_test": y_test} | change

    with pytest.raises(InvalidInputError, match=match):
        knn_shapley(**given)
