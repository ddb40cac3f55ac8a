"""Exact KNN-Shapley: what each training row is worth to a nearest-neighbour classifier."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.knn_groups import group_values

Floats = NDArray[np.float64]

_BLOCK_BYTES: Final = 2**22
"""Of distances at once: few enough for the cache, enough for one product of matrices."""


def knn_shapley(
    x_train: ArrayLike,
    y_train: ArrayLike,
    x_test: ArrayLike,
    y_test: ArrayLike,
    *,
    n_neighbors: int = 5,
    groups: ArrayLike | None = None,
) -> Floats:
    r"""Return the Shapley value of each training row, or of each group of rows, exactly.

    The utility of a set of rows is the mean over test rows of the part of the K nearest
    neighbours, of K, that have the test row's label; no rows, no utility. With the rows sorted
    by distance to one test row, nearest first, and K' = min(K, n):

    .. math::
        s_n = 1[y_n = y] K' / (n K), \qquad
        s_i = s_{i+1} + \frac{1[y_i = y] − 1[y_{i+1} = y]}{K} \frac{\min(K, i)}{i}

    R. Jia et al. (2019), Efficient task-specific data valuation for nearest neighbor algorithms,
    VLDB, theorem 1. Departures: fewer rows than K keep the value exact; equal distances are
    ordered by the rows' order; groups are exact for any K (see ``knn_groups``).

    Parameters
    ----------
    x_train, x_test : float64, shapes (n_train, n_features) and (n_test, n_features); finite.
    y_train, y_test : labels, shapes (n_train,) and (n_test,).
    n_neighbors : K, at least 1.
    groups : shape (n_train,), 0 to n_groups − 1; the owner of each row.

    Returns
    -------
    ndarray of float64, shape (n_train,) or (n_groups,); it sums to the accuracy's gain.

    Raises
    ------
    InvalidInputError
        Shapes disagree, a feature is not finite, there is no row, or K is below 1.

    Examples
    --------
    >>> knn_shapley([[0.0], [1.0]], ["a", "b"], [[0.1]], ["a"], n_neighbors=1).tolist()
    [1.0, 0.0]
    """
    x_train, y_train = _checked(x_train, y_train, "train")
    x_test, y_test = _checked(x_test, y_test, "test")
    if n_neighbors < 1:
        raise InvalidInputError(f"{n_neighbors} neighbours", wanted="at least 1")
    if x_train.shape[1] != x_test.shape[1]:
        raise InvalidInputError(
            f"train has {x_train.shape[1]} features, test {x_test.shape[1]}", wanted="the same"
        )
    owner = None if groups is None else _owners(groups, len(x_train))
    n_results = len(x_train) if owner is None else int(owner.max()) + 1
    total = np.zeros(n_results)
    step = max(1, _BLOCK_BYTES // (8 * len(x_train)))
    # The test row's own square moves all distances alike, so it is left out.
    squares = np.einsum("ij,ij->i", x_train, x_train)
    for start in range(0, len(x_test), step):
        part = slice(start, start + step)
        distances = squares - 2 * (x_test[part] @ x_train.T)
        order, match = _nearest_first(distances, y_train == y_test[part, None])
        if owner is None:
            total += _row_values(order, match, n_neighbors)
        else:
            total += group_values(owner[order], match, n_neighbors, n_results).sum(axis=0)
    return total / len(x_test)


def _nearest_first(
    distances: Floats, match: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the order of each row of distances, equal ones by position, and match in it.

    Both travel in the last bits of the distances, so that numbers are sorted and nothing is
    gathered: a third faster than sorting positions.
    """
    n_train = distances.shape[1]
    n_bits = (n_train - 1).bit_length() + 1
    low = (1 << n_bits) - 1
    bits = distances.view(np.int64)
    # Whole numbers in the order of the floats: below 0 all bits but the sign are turned.
    key = bits ^ ((bits >> 63) & np.iinfo(np.int64).max)
    key &= ~low
    key |= np.arange(n_train) << 1
    key |= match
    key.sort(axis=1)
    order, match = (key & low) >> 1, (key & 1).astype(np.bool_)
    # Where what is left of two distances is equal, the bits taken from them decide.
    near = ((key[:, 1:] ^ key[:, :-1]) <= low).any(axis=1)
    if near.any():
        order_near = order[near]
        ascending = np.take_along_axis(distances[near], order_near, axis=1)
        again = np.argsort(ascending, axis=1, kind="stable")
        order[near] = np.take_along_axis(order_near, again, axis=1)
        match[near] = np.take_along_axis(match[near], again, axis=1)
    return order, match


def _row_values(order: NDArray[np.int64], match: NDArray[np.bool_], n_neighbors: int) -> Floats:
    """Return the sum over test rows of each training row's value, shape (n_train,).

    The recursion summed by parts: s_i = 1[y_i = y] w_i − Σ_{j>i, j>K} 1[y_j = y] / (j (j − 1)),
    where w_i = min(K, i) / (i K).
    """
    n_train = order.shape[1]
    position = np.arange(1, n_train + 1)
    own = np.minimum(n_neighbors, position) / position / n_neighbors
    lost = np.where(position > n_neighbors, 1 / np.maximum(position * (position - 1), 1), 0)
    before = np.cumsum(match * lost, axis=1)
    values = match * own
    values += before
    values -= before[:, -1:]
    summed: Floats = np.bincount(order.ravel(), values.ravel(), n_train).astype(np.float64)
    return summed


def _checked(x: ArrayLike, y: ArrayLike, name: str) -> tuple[Floats, NDArray[np.generic]]:
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y)
    if x.ndim != 2 or y.shape != (len(x),) or not len(x):
        raise InvalidInputError(
            f"{name} has features of shape {x.shape} and labels of shape {y.shape}",
            wanted="features (n_rows, n_features) and labels (n_rows,), at least one row",
        )
    if not np.isfinite(x).all():
        row = int(np.flatnonzero(~np.isfinite(x).all(axis=1))[0])
        raise InvalidInputError(
            f"row {row} of {name} has a feature that is not finite", wanted="finite features"
        )
    return x, y


def _owners(groups: ArrayLike, n_train: int) -> NDArray[np.int64]:
    owner = np.asarray(groups)
    if owner.shape != (n_train,) or owner.dtype.kind not in "iu" or owner.min() < 0:
        raise InvalidInputError(
            f"groups have shape {owner.shape} and type {owner.dtype}",
            wanted=f"whole numbers from 0, one for each of {n_train} rows",
        )
    return owner.astype(np.int64)
