"""Data-OOB: rows that contradict their neighbours score low."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation import data_oob


class Nearest:
    """A nearest-neighbour classifier."""

    def fit(self, x: NDArray[Any], y: NDArray[Any]) -> None:
        self.x, self.y = x, y

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        return self.y[((x[:, None] - self.x) ** 2).sum(axis=2).argmin(axis=1)]


def clusters() -> tuple[NDArray[Any], NDArray[Any]]:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 20)
    return rng.normal(size=(40, 2)) + 8 * y[:, None], y


def test_wrong_labels_have_the_lowest_values() -> None:
    x, y = clusters()
    y[[3, 25]] = 1 - y[[3, 25]]

    values = data_oob(x, y, lambda _: Nearest(), n_bags=60)

    assert set(np.argsort(values)[:2]) == {3, 25}
    assert values.min() >= 0
    assert values.max() <= 1


def test_the_same_seed_gives_the_same_values() -> None:
    x, y = clusters()

    one, other = (data_oob(x, y, lambda _: Nearest(), n_bags=5, seed=2) for _ in range(2))

    assert one.tolist() == other.tolist()


def test_a_bag_of_one_label_predicts_it_without_training() -> None:
    class Refusing(Nearest):
        def fit(self, x: NDArray[Any], y: NDArray[Any]) -> None:
            assert len(set(y)) > 1, x

    values = data_oob(np.zeros((3, 1)), ["a", "a", "a"], lambda _: Refusing(), n_bags=30)

    assert values.tolist() == [1, 1, 1]


def test_a_row_that_no_bag_left_out_has_the_mean_of_the_others() -> None:
    x, y = clusters()

    values = data_oob(x, y, lambda _: Nearest(), n_bags=1)

    assert np.isfinite(values).all()


@pytest.mark.parametrize(("rows", "n_bags"), [(0, 5), (4, 0)])
def test_no_rows_or_no_bags_are_refused(rows: int, n_bags: int) -> None:
    with pytest.raises(InvalidInputError, match="bags of rows"):
        data_oob(np.zeros((rows, 1)), np.zeros(rows), lambda _: Nearest(), n_bags=n_bags)
