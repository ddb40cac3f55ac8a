r"""Semivalues of the kernel: what the posterior mean and its error need in closed form.

For the kernel section k(·, T) of an evaluated coalition T the semivalue of player i is
:math:`A_{Ti}`; the prior covariance of the semivalues is C. Then φ = A'K̃⁻¹y, Σ = C − A'K̃⁻¹A.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from workbench.valuation.coalitions import Coalitions, all_coalitions
from workbench.valuation.semivalues import Semivalue, presence_nodes, size_weights
from workbench.valuation.surrogate.kernel import Floats, features_of, kernel
from workbench.valuation.surrogate.likelihood import gram_matrix

MAX_ENUMERATED: Final = 16
MAX_CHOSEN_BY_ENUMERATION: Final = 12
"""Above, coalitions are chosen as if sizes were equal; only the answer enumerates."""

_BLOCK: Final = 2**14


class Functional(Protocol):
    """Semivalues of functions over coalitions of blocks."""

    def sections(self, theta: Floats, coalitions: Coalitions) -> Floats:
        """Return A, the semivalues of k(·, T), shape (len(coalitions), n_players)."""

    def covariance(
        self, theta: Floats, coalitions: Coalitions, sections: Floats, solved: Floats
    ) -> Floats:
        """Return Σ = C − A'K̃⁻¹A, given A and K̃⁻¹A, shape (n_players, n_players)."""


class Zonal:
    r"""Players of equal size: the kernel knows sizes and overlap, the answer |T| and i ∈ T.

    .. math::
        pin(t) = Σ_s q(s) Σ_o H(o; n−1, t−1, s) [k(s+1, t, o+1) − k(s, t, o)] \\
        pout(t) = Σ_s q(s) Σ_o H(o; n−1, t, s) [k(s+1, t, o) − k(s, t, o)]

    with H hypergeometric: o of the s others are among T. Weights of k(s, t, o) are put
    together once, so that every θ costs one evaluation of k over the (s, t, o).

    Parameters
    ----------
    n_players : the weights take n_players³ · 8 bytes.
    """

    def __init__(self, n_players: int, semivalue: Semivalue) -> None:
        self._n_players = n_players
        self._q = size_weights(n_players, semivalue)
        self._weights = [_zonal_weights(t, self._q) for t in range(n_players + 1)]

    def sections(self, theta: Floats, coalitions: Coalitions) -> Floats:
        """Return A: pin(|T|) for members, pout(|T|) for the others."""
        size = coalitions.sum(axis=1)
        inside, outside = self._in_and_out(theta, np.unique(size))
        found: Floats = np.where(coalitions, inside[size][:, None], outside[size][:, None])
        return found

    def covariance(
        self, theta: Floats, coalitions: Coalitions, sections: Floats, solved: Floats
    ) -> Floats:
        """Return Σ from the closed form of C."""
        del coalitions
        return _symmetric(self.prior(theta) - sections.T @ solved)

    def prior(self, theta: Floats) -> Floats:
        """Return C: the same variance for all, the same covariance for every pair.

        The semivalue of pin and pout as a game of j: with q(s), j joins s others, of whom i is
        one with probability s / (n − 1).
        """
        n_players = self._n_players
        inside, outside = self._in_and_out(theta, np.arange(n_players + 1))
        same = self._q @ (inside[1:] - outside[:-1])
        if n_players == 1:
            return np.array([[same]])
        share = np.arange(n_players) / (n_players - 1)
        # Where nobody is inside, or nobody outside, the share is 0 and the difference idle.
        apart = self._q @ (share * np.diff(inside) + (1 - share) * np.diff(outside))
        prior: Floats = np.full((n_players, n_players), apart)
        prior[np.diag_indices(n_players)] = same
        return prior

    def _in_and_out(self, theta: Floats, sizes: NDArray[np.int64]) -> tuple[Floats, Floats]:
        n_players = self._n_players
        inside, outside = np.zeros(n_players + 1), np.zeros(n_players + 1)
        s = np.arange(n_players + 1, dtype=np.float64)[:, None]
        for t in sizes.tolist():
            o = np.arange(t + 1, dtype=np.float64)[None, :]
            k = kernel(theta, features_of(s, np.array([[float(t)]]), o, n_players))
            weights_in, weights_out = self._weights[t]
            inside[t], outside[t] = np.sum(weights_in * k), np.sum(weights_out * k)
        return inside, outside


class Enumerated:
    """Players of unequal size, or with the same rows: a weighted sum over all coalitions.

    Player i of block b joins at a time t; block b' is there with probability
    1 − (1−t)^m of its m players, and nobody else of b may be there. Gauss' rule over t is
    exact, so this holds for every semivalue.

    Parameters
    ----------
    block_of : int64, shape (n_players,); the block of each player, at most 16 blocks.
    block_sizes : float64, shape (n_blocks,), or ``None``; rows of each block.
    """

    def __init__(
        self,
        block_of: NDArray[np.int64],
        block_sizes: Floats | None,
        semivalue: Semivalue,
    ) -> None:
        self._block_of, self._sizes = block_of, block_sizes
        n_blocks = int(block_of.max()) + 1
        self._all = all_coalitions(n_blocks)
        self._weights = _block_weights(block_of, semivalue)

    def of_utilities(self, utilities: Floats) -> Floats:
        """Return the semivalues of the players from the utilities of all block coalitions."""
        values: Floats = (self._weights.T @ utilities)[self._block_of]
        return values

    def sections(self, theta: Floats, coalitions: Coalitions) -> Floats:
        """Return A by enumerating the first argument of k."""
        found = np.zeros((len(coalitions), self._weights.shape[1]))
        step = max(1, _BLOCK // max(len(coalitions), 1))
        for start in range(0, len(self._all), step):
            part = slice(start, start + step)
            gram = gram_matrix(theta, self._all[part], coalitions, self._sizes)
            found += gram.T @ self._weights[part]
        return found[:, self._block_of]

    def covariance(
        self, theta: Floats, coalitions: Coalitions, sections: Floats, solved: Floats
    ) -> Floats:
        """Return Σ, with C by enumerating both arguments of k."""
        del coalitions
        first = np.unique(self._block_of, return_index=True)[1]
        prior = self._weights.T @ self.sections(theta, self._all)[:, first]
        return _symmetric(prior[np.ix_(self._block_of, self._block_of)] - sections.T @ solved)


def to_blocks(coalitions: Coalitions, block_of: NDArray[np.int64]) -> Coalitions:
    """Return which blocks have a player in each coalition."""
    return coalitions.astype(np.float64) @ np.eye(int(block_of.max()) + 1)[block_of] > 0


def _symmetric(matrix: Floats) -> Floats:
    result: Floats = (matrix + matrix.T) / 2
    return result


def _zonal_weights(t: int, q: Floats) -> tuple[Floats, Floats]:
    """Return the weights of k(s, t, o) in pin(t) and pout(t), each (n + 1, t + 1)."""
    n_players = len(q)
    inside, outside = np.zeros((2, n_players + 1, t + 1))
    if t > 0:
        chance = q[:, None] * _hypergeometric(n_players - 1, t - 1)
        inside[1:, 1:] += chance
        inside[:-1, :-1] -= chance
    if t < n_players:
        chance = q[:, None] * _hypergeometric(n_players - 1, t)
        outside[1:, :] += chance
        outside[:-1, :] -= chance
    return inside, outside


def _hypergeometric(n_others: int, n_marked: int) -> Floats:
    """Return H(o; n_others, n_marked, s), shape (n_others + 1, n_marked + 1)."""
    s = np.arange(n_others + 1)[:, None]
    o = np.arange(n_marked + 1)[None, :]
    possible = (o <= s) & (s - o <= n_others - n_marked)
    rest = np.where(possible, s - o, 0)
    log_chance = (
        _log_comb(n_marked, o) + _log_comb(n_others - n_marked, rest) - _log_comb(n_others, s)
    )
    return np.where(possible, np.exp(np.where(possible, log_chance, 0)), 0)


def _log_comb(n: int, k: NDArray[np.int64]) -> Floats:
    result: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return result


def _block_weights(block_of: NDArray[np.int64], semivalue: Semivalue) -> Floats:
    """Return what each block coalition counts for a player of each block, (2**n, n)."""
    n_players, n_blocks = len(block_of), int(block_of.max()) + 1
    members = np.bincount(block_of)
    weights = np.zeros((2**n_blocks, n_blocks))
    for t, chance in zip(*presence_nodes(n_players, semivalue), strict=True):
        absent = (1 - t) ** members
        alone = (1 - t) ** (members - 1)
        for player_block in range(n_blocks):
            product = np.array([chance])
            for block in range(n_blocks):
                out, there = absent[block], 1 - absent[block]
                if block == player_block:
                    out, there = -alone[block], alone[block]
                # Block b is bit b: the coalitions with it follow those without.
                product = np.concatenate([out * product, there * product])
            weights[:, player_block] += product
    return weights
