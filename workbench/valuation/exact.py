"""Exact Shapley values from the utilities of all coalitions."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.values import Values

MAX_EXACT_PLAYERS = 20


def exact_values(
    utilities: NDArray[np.float64], block_utilities: NDArray[np.float64] | None = None
) -> Values:
    r"""Return the Shapley values of a game and how far they depend on the test items.

    .. math:: φ_i = Σ_{S ∌ i} \frac{v(S ∪ i) − v(S)}{n\binom{n−1}{|S|}}

    Enumeration leaves no sampling error. What is left is that another test set would give
    other utilities: the value is linear in the utilities, so the same formula on each block
    of test items gives one value a block, and their spread is the standard error,
    ``std(φ_i over blocks) / sqrt(n_blocks)``.

    Parameters
    ----------
    utilities : ndarray of float64, shape (2**n_players,); entry c is the utility of the
        coalition whose member i is bit i of c; finite.
    block_utilities : ndarray of float64, shape (2**n_players, n_blocks), optional; the same
        utilities measured on disjoint blocks of the test items.

    Raises
    ------
    InvalidInputError
        The table is incomplete, holds NaN or infinity, or has too many players.

    References
    ----------
    L. S. Shapley (1953), A value for n-person games.
    """
    n_players = _n_players(utilities)
    weights = _shapley_weights(n_players)
    value = weights.T @ utilities
    standard_error = np.zeros(n_players)
    if block_utilities is not None and block_utilities.ndim == 2 and block_utilities.shape[1] > 1:
        if not np.isfinite(block_utilities).all():
            raise InvalidInputError("a block's utility is not finite", wanted="finite utilities")
        by_block = weights.T @ block_utilities
        n_blocks = by_block.shape[1]
        standard_error = by_block.std(axis=1, ddof=1) / np.sqrt(n_blocks)
    return Values.of(value, standard_error)


def _n_players(utilities: NDArray[np.float64]) -> int:
    n_players = max(len(utilities), 1).bit_length() - 1
    if utilities.ndim != 1 or len(utilities) != 2**n_players or n_players < 1:
        raise InvalidInputError(
            f"a table of shape {utilities.shape} is not a whole game",
            wanted="one utility for each of the 2**n_players coalitions",
        )
    if n_players > MAX_EXACT_PLAYERS:
        raise InvalidInputError(
            f"{n_players} players are too many to enumerate", wanted=f"at most {MAX_EXACT_PLAYERS}"
        )
    if not np.isfinite(utilities).all():
        coalition = int(np.flatnonzero(~np.isfinite(utilities))[0])
        raise InvalidInputError(
            f"the utility of coalition {coalition:#b} is {utilities[coalition]}",
            wanted="finite utilities",
            coalition=str(coalition),
        )
    return n_players


def _shapley_weights(n_players: int) -> NDArray[np.float64]:
    """Return the weight of each coalition's utility in each player's value, (2**n, n)."""
    coalitions = np.arange(2**n_players)
    member = (coalitions[:, None] >> np.arange(n_players)) & 1 == 1
    size = member.sum(axis=1)
    # A coalition enters as "with i" (weight of size s−1) or as "without i" (weight of size s).
    joined = np.array(
        [0.0] + [1 / (n_players * comb(n_players - 1, s - 1)) for s in range(1, n_players + 1)]
    )
    absent = np.array([-1 / (n_players * comb(n_players - 1, s)) for s in range(n_players)] + [0.0])
    weights: NDArray[np.float64] = np.where(member, joined[size][:, None], absent[size][:, None])
    return weights
