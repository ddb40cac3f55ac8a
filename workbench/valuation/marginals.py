"""Marginal contributions of a player, by the size of the coalition it joins."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.coalitions import Coalitions, keys_of


class Marginals(NamedTuple):
    """What a player added wherever a coalition was evaluated with and without it.

    Attributes
    ----------
    size : ndarray of int64, shape (n_pairs,); members before the player joined, ascending.
    gain : ndarray of float64, shape (n_pairs,); utility with the player less that without.
    """

    size: NDArray[np.int64]
    gain: NDArray[np.float64]

    def by_size(self) -> list[tuple[int, int, float, float]]:
        """Return size, pairs, mean and standard deviation; sizes without pairs are left out.

        The standard deviation of one pair is 0: there is nothing to see of a spread.
        """
        found = []
        for size in np.unique(self.size):
            gain = self.gain[self.size == size]
            spread = float(gain.std(ddof=1)) if len(gain) > 1 else 0.0
            found.append((int(size), len(gain), float(gain.mean()), spread))
        return found


def marginals_of(coalitions: ArrayLike, utilities: ArrayLike, player: int) -> Marginals:
    """Return the marginal contributions of one player that evaluations allow.

    Parameters
    ----------
    coalitions : bool, shape (n_coalitions, n_players); complete or not, in any order. A
        coalition that occurs several times, in replicates, counts with its mean.
    utilities : shape (n_coalitions,), finite.
    player : 0 to n_players − 1.

    Raises
    ------
    InvalidInputError
        Shapes disagree, nothing was evaluated, a utility is not finite, there is no such
        player, or no coalition was evaluated both with and without it.
    """
    rows, means = evaluations_of(coalitions, utilities)
    n_players = rows.shape[1]
    if not 0 <= player < n_players:
        raise InvalidInputError(f"there is no player {player}", wanted=f"0 to {n_players - 1}")
    utility = dict(zip(keys_of(rows), means.tolist(), strict=True))
    without = rows[~rows[:, player]]
    joined = without.copy()
    joined[:, player] = True
    pairs = [
        (size, utility[other] - utility[own])
        for size, own, other in zip(
            without.sum(axis=1).tolist(), keys_of(without), keys_of(joined), strict=True
        )
        if other in utility
    ]
    if not pairs:
        raise InvalidInputError(
            f"no coalition was evaluated both with and without player {player}",
            wanted="at least one pair of coalitions that differ in this player alone",
            next_step="raise the budget, or use method='permutation', which evaluates such pairs",
        )
    pairs.sort()
    sizes, gains = zip(*pairs, strict=True)
    return Marginals(np.array(sizes, dtype=np.int64), np.array(gains, dtype=np.float64))


def evaluations_of(
    coalitions: ArrayLike, utilities: ArrayLike
) -> tuple[Coalitions, NDArray[np.float64]]:
    """Return distinct coalitions and their mean utilities, or refuse them.

    Raises
    ------
    InvalidInputError
        Shapes disagree, nothing was evaluated, or a utility is not finite.
    """
    rows, given = np.asarray(coalitions, dtype=np.bool_), np.asarray(utilities, dtype=np.float64)
    if rows.ndim != 2 or not rows.size or given.shape != (len(rows),):
        raise InvalidInputError(
            f"coalitions have shape {rows.shape}, utilities {given.shape}",
            wanted="(n_coalitions, n_players) and (n_coalitions,), at least one of each",
        )
    if not np.isfinite(given).all():
        first = int(np.flatnonzero(~np.isfinite(given))[0])
        raise InvalidInputError(
            f"the utility of evaluation {first} is {given[first]}", wanted="finite utilities"
        )
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    which = which.reshape(-1)
    return distinct, np.bincount(which, given) / np.bincount(which)
