"""Data-OOB: how often models that never saw a row predict it rightly."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError


class Classifier(Protocol):
    """What is trained: scikit-learn's classifiers fit."""

    def fit(self, x: Any, y: Any) -> Any:
        """Learn from rows and their labels."""

    def predict(self, x: Any) -> Any:
        """Return a label for each row."""


def data_oob(
    x: ArrayLike,
    y: ArrayLike,
    make_classifier: Callable[[int], Classifier],
    *,
    n_bags: int = 1_000,
    seed: int = 0,
) -> NDArray[np.float64]:
    r"""Return the part of out-of-bag predictions of each row that are right.

    .. math:: ψ_i = \frac{Σ_b 1[w_{bi} = 0] \, 1[\hat f_b(x_i) = y_i]}{Σ_b 1[w_{bi} = 0]}

    where bag b draws n rows with replacement and holds row i w_bi times.

    Y. Kwon, J. Zou (2023), Data-OOB, ICML. It finds bad rows and pays nobody. A row
    that no bag left out has the mean of the others, instead of NaN.

    Parameters
    ----------
    x : shape (n_rows, n_features).
    y : labels, shape (n_rows,).
    make_classifier : takes the seed of a bag and returns a new classifier.
    n_bags : at least 1; a row is left out of 37 % of them.
    seed : the same seed gives the same values.

    Returns
    -------
    ndarray of float64, shape (n_rows,), 0 to 1

    Raises
    ------
    InvalidInputError
        Shapes disagree, or there are no rows or bags.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or y.shape != (len(x),) or not len(x) or n_bags < 1:
        raise InvalidInputError(
            f"{n_bags} bags of rows of shape {x.shape} and labels of shape {y.shape}",
            wanted="at least one bag, features (n_rows, n_features), labels (n_rows,)",
        )
    rng = np.random.default_rng(seed)
    n_rows = len(x)
    right, asked = np.zeros(n_rows), np.zeros(n_rows)
    for bag in range(n_bags):
        drawn = rng.integers(n_rows, size=n_rows)
        left_out = np.ones(n_rows, dtype=np.bool_)
        left_out[drawn] = False
        if not left_out.any():
            continue
        if (y[drawn] == y[drawn[0]]).all():
            # One label only, which many classifiers refuse: it predicts itself.
            predicted = np.repeat(y[drawn[0]], left_out.sum())
        else:
            classifier = make_classifier(bag)
            classifier.fit(x[drawn], y[drawn])
            predicted = np.asarray(classifier.predict(x[left_out]))
        asked[left_out] += 1
        right[left_out] += predicted == y[left_out]
    known = asked > 0
    values = np.divide(right, asked, out=np.zeros(n_rows), where=known)
    values[~known] = values[known].mean() if known.any() else 0.0
    return values
