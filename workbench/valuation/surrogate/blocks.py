"""Players as the process sees them: those with the same rows are one block."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.ask import Ask
from workbench.valuation.coalitions import Coalitions, chain
from workbench.valuation.semivalues import size_weights
from workbench.valuation.surrogate.functional import (
    MAX_CHOSEN_BY_ENUMERATION,
    MAX_ENUMERATED,
    Enumerated,
    Functional,
    Zonal,
    to_blocks,
)
from workbench.valuation.surrogate.kernel import Floats
from workbench.valuation.surrogate.model import Model, fit

_N_PAIRS: Final = 100


@dataclass(frozen=True)
class Blocks:
    """How players map to blocks, and the semivalues of functions over blocks.

    Attributes
    ----------
    block_of : int64, shape (n_players,).
    sizes : float64, shape (n_blocks,), rows of each block, or ``None`` where all are equal.
    functional : of the process that chooses coalitions and gives intervals.
    """

    ask: Ask
    block_of: NDArray[np.int64]
    sizes: Floats | None
    functional: Functional

    @classmethod
    def of(cls, n_players: int, ask: Ask) -> "Blocks":
        """Return the blocks of a question's players."""
        group = np.arange(n_players) if ask.same_data is None else ask.same_data
        first, block_of = np.unique(group, return_index=True, return_inverse=True)[1:]
        sizes = None if ask.player_sizes is None else ask.player_sizes[first]
        if sizes is not None and np.ptp(sizes) == 0:
            sizes = None
        n_blocks = len(first)
        functional: Functional
        if (sizes is None and n_blocks == n_players) or n_blocks > MAX_CHOSEN_BY_ENUMERATION:
            functional = Zonal(n_blocks, ask.semivalue)
        else:
            functional = Enumerated(block_of, sizes, ask.semivalue)
        return cls(ask, block_of, sizes, functional)

    @property
    def n_blocks(self) -> int:
        """How many players the process knows."""
        return int(self.block_of.max()) + 1

    @property
    def is_sampled(self) -> bool:
        """Whether there are too many unequal blocks to sum over coalitions at every step."""
        is_plain = self.sizes is None and self.n_blocks == len(self.block_of)
        return isinstance(self.functional, Zonal) and not is_plain

    def to_players(self, coalitions: Coalitions) -> Coalitions:
        """Return the players of block coalitions: a block brings all of its players."""
        return coalitions[:, self.block_of]

    def from_players(self, coalitions: Coalitions) -> Coalitions:
        """Return which blocks have a player in each coalition."""
        return to_blocks(coalitions, self.block_of)

    @property
    def fitted_sizes(self) -> Floats | None:
        """The sizes that the process knows while coalitions are chosen."""
        return None if self.is_sampled else self.sizes

    def values(self, model: Model) -> Floats:
        """Return the semivalues of the process's mean, shape (n_players,).

        Above 12 blocks of unequal size they come from a second process that knows the sizes:
        up to 16 by enumeration; above along 100 random orders and their reverses, where without
        duplicates only its difference to the first is sampled, whose semivalues are known.
        """
        if not self.is_sampled:
            return model.values(self.functional)
        n_players = len(self.block_of)
        better = model
        if self.sizes is not None:
            better = fit(model.coalitions, model.utilities, self.sizes)
        if self.n_blocks <= MAX_ENUMERATED:
            return better.values(Enumerated(self.block_of, self.sizes, self.ask.semivalue))
        is_known = self.n_blocks == n_players
        known = model.values(self.functional) if is_known else np.zeros(n_players)
        rng = np.random.default_rng(self.ask.seed)
        weights = n_players * size_weights(n_players, self.ask.semivalue)
        total = np.zeros(n_players)
        for _ in range(_N_PAIRS):
            order = rng.permutation(n_players)
            orders = [order, order[::-1]]
            met = self.from_players(np.concatenate([chain(o) for o in orders]))
            along = better.mean(met) - (model.mean(met) if is_known else 0.0)
            total += _mean_marginals(along[:, None], orders, weights)[:, 0]
        return known + total / _N_PAIRS

    def spread(self, covariance: Floats) -> Floats:
        """Return a covariance of the functional's values as one of the players' values."""
        if len(covariance) == len(self.block_of):
            return covariance
        members = np.bincount(self.block_of)
        by_player = covariance / np.outer(members, members)
        return by_player[np.ix_(self.block_of, self.block_of)]


def _mean_marginals(along: Floats, orders: list[NDArray[np.int64]], weights: Floats) -> Floats:
    """Return each player's mean marginal, (n_players, …), of functions along chains."""
    n_players = len(weights)
    mean = np.zeros((n_players, *along.shape[1:]))
    steps = np.diff(along.reshape(len(orders), n_players + 1, -1), axis=1)
    for order, step in zip(orders, steps, strict=True):
        mean[order] += weights[:, None] * step / len(orders)
    return mean
