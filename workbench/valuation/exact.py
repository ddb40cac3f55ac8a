"""Exact semivalues from the utilities of all coalitions."""

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.semivalues import Semivalue, semivalue_from_table, table_players
from workbench.valuation.values import Values


def exact_values(
    utilities: NDArray[np.float64],
    block_utilities: NDArray[np.float64] | None = None,
    semivalue: Semivalue = "shapley",
) -> Values:
    r"""Return the semivalues of a game and how far they depend on the test items.

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
    semivalue : ``"shapley"``, ``"banzhaf"`` or ``("beta", a, b)``.

    Raises
    ------
    InvalidInputError
        The table is incomplete, holds NaN or infinity, or has too many players.

    References
    ----------
    L. S. Shapley (1953), A value for n-person games.
    """
    if utilities.ndim != 1:
        raise InvalidInputError(
            f"a table of shape {utilities.shape} is not a whole game",
            wanted="one utility for each of the 2**n_players coalitions",
        )
    n_players = table_players(utilities)
    value = semivalue_from_table(utilities, semivalue)
    standard_error = np.zeros(n_players)
    if block_utilities is not None and block_utilities.ndim == 2 and block_utilities.shape[1] > 1:
        if not np.isfinite(block_utilities).all():
            raise InvalidInputError("a block's utility is not finite", wanted="finite utilities")
        by_block = semivalue_from_table(block_utilities, semivalue)
        n_blocks = by_block.shape[1]
        standard_error = by_block.std(axis=1, ddof=1) / np.sqrt(n_blocks)
    return Values.of(value, standard_error)
