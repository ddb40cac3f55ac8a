"""Shapley values by sampling the order in which players join."""

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.values import Values


def draw_permutations(
    n_players: int, n_permutations: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return orders of the players, shape (n_permutations, n_players), uniform and independent.

    Asking for more from a generator of the same seed gives the same first ones again, so a
    larger budget extends a study instead of starting another.
    """
    orders = [rng.permutation(n_players) for _ in range(n_permutations)]
    return np.array(orders, dtype=np.int64).reshape(n_permutations, n_players)


def prefixes(order: NDArray[np.int64]) -> list[int]:
    """Return the coalitions met along one order, the empty one first, as bit masks."""
    masks = [0]
    for player in order:
        masks.append(masks[-1] | 1 << int(player))
    return masks


def permutation_values(marginals: NDArray[np.float64]) -> Values:
    """Return the mean marginal contribution of each player and its standard error.

    Parameters
    ----------
    marginals : ndarray of float64, shape (n_permutations, n_players); entry (k, i) is what
        player i added on joining in permutation k; finite.

    Raises
    ------
    InvalidInputError
        Fewer than two permutations: their spread, and so the error, is unknown.

    References
    ----------
    J. Castro, D. Gómez, J. Tejada (2009), Polynomial calculation of the Shapley value based
    on sampling. Computers & Operations Research 36(5), equation 3.
    """
    if marginals.ndim != 2 or len(marginals) < 2:
        raise InvalidInputError(
            f"{len(marginals)} permutations leave the standard error unknown",
            wanted="at least 2 permutations",
            next_step="raise the budget",
        )
    if not np.isfinite(marginals).all():
        raise InvalidInputError("a marginal contribution is not finite", wanted="finite utilities")
    standard_error = marginals.std(axis=0, ddof=1) / np.sqrt(len(marginals))
    return Values.of(marginals.mean(axis=0), standard_error)
