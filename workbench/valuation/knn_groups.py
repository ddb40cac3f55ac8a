r"""KNN-Shapley of groups: owners with several rows each, exactly, for any K.

A row of group h counts for a coalition when h is in it and fewer than K rows of the coalition
are nearer. So the utility is a sum over rows r of the games

.. math:: T_r(S) = \frac{1[y_r = y]}{K} 1[h ∈ S] 1[b_r + Σ_{g ∈ S∖h} a_{rg} < K]

where b_r rows of h itself and a_rg of group g are nearer than r. Only the first K rows of a group
can count. With every other group there with probability t, the sum has a distribution over
0 … K−1 and "too many" that is built group by group; Gauss' rule over t then gives the Shapley
value exactly, in time polynomial in the number of groups: R. Jia et al. (2019) give
O(n_groups^K) for the same problem for sellers of several rows.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.semivalues import presence_nodes

Floats = NDArray[np.float64]


def group_values(
    owner: NDArray[np.int64], match: NDArray[np.bool_], n_neighbors: int, n_groups: int
) -> Floats:
    """Return the Shapley values of groups for each test row, shape (n_test, n_groups).

    Parameters
    ----------
    owner : shape (n_test, n_train); the group of each training row, nearest first.
    match : shape (n_test, n_train); whether it has the test row's label.
    n_groups : groups are numbered from 0; one without rows is worth nothing.
    """
    n_test, n_train = owner.shape
    values = np.zeros((n_test, n_groups))
    rows = np.arange(n_test)
    # Rows of each group met so far, while walking outwards; saturated at K.
    nearer = np.zeros((n_test, n_groups), dtype=np.int64)
    open_rows = np.ones(n_test, dtype=np.bool_)
    for position in range(n_train):
        group = owner[:, position]
        counts = (nearer[rows, group] < n_neighbors) & match[:, position] & open_rows
        if counts.any():
            values[counts] += _row_game(nearer[counts], group[counts], n_neighbors)
        nearer[rows, group] = np.minimum(nearer[rows, group] + 1, n_neighbors)
        if position % 64 == 63:
            open_rows = np.asarray((nearer < n_neighbors).any(axis=1))
            if not open_rows.any():
                break
    return values / n_neighbors


def _row_game(nearer: NDArray[np.int64], group: NDArray[np.int64], n_neighbors: int) -> Floats:
    """Return the values of all groups in the games of one row each, (n_games, n_groups).

    The row's group gains P(few enough are nearer). Another group g loses, when it joins and the
    row's group is there (t), the P that it is the one too many.
    """
    n_games, n_groups = nearer.shape
    t, weight = presence_nodes(n_groups, "shapley")
    games = np.arange(n_games)
    capacity = n_neighbors - nearer[games, group]
    others = nearer.copy()
    others[games, group] = 0
    before = _sums_before(others, t, n_neighbors)
    after = _sums_before(others[:, ::-1], t, n_neighbors)[::-1]
    room = np.arange(n_neighbors)
    fits = room < capacity[:, None]
    values = np.empty((n_games, n_groups))
    for g in range(n_groups):
        # after[0] has all groups; of group g, before[g] and after[g + 1] have the others.
        rest = _convolved(before[g], after[g + 1])
        too_many = fits & (room + others[:, g, None] >= capacity[:, None])
        values[:, g] = -((rest * too_many[:, None, :]).sum(axis=2) @ (t * weight))
    whole = (before[n_groups] * fits[:, None, :]).sum(axis=2) @ weight
    values[games, group] = whole
    return values


def _sums_before(others: NDArray[np.int64], t: Floats, n_neighbors: int) -> list[Floats]:
    """Return the distributions of the sum of the first 0, 1, … groups' nearer rows.

    Each is (n_games, n_nodes, K): probabilities of 0 … K−1 nearer rows; more are left out.
    """
    n_games = len(others)
    current = np.zeros((n_games, len(t), n_neighbors))
    current[:, :, 0] = 1
    found = [current]
    room = np.arange(n_neighbors)
    for g in range(others.shape[1]):
        source = room - others[:, g, None]
        moved = np.take_along_axis(current, np.maximum(source, 0)[:, None, :], axis=2)
        moved = moved * (source >= 0)[:, None, :]
        current = current * (1 - t)[:, None] + moved * t[:, None]
        found.append(current)
    return found


def _convolved(one: Floats, other: Floats) -> Floats:
    """Return the distribution of the sum of two, cut off at K."""
    total = np.zeros_like(one)
    for shift in range(one.shape[2]):
        total[:, :, shift:] += one[:, :, shift, None] * other[:, :, : one.shape[2] - shift]
    return total
