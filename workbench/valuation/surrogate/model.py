"""The fitted process: posterior mean, its semivalues, and how well it fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize
from scipy.stats import rankdata

from workbench.valuation.coalitions import Coalitions
from workbench.valuation.surrogate.functional import Functional
from workbench.valuation.surrogate.kernel import SIGMA, Floats, G
from workbench.valuation.surrogate.likelihood import (
    HIGH,
    LOW,
    START,
    Likelihood,
    gram_matrix,
    inverse_from,
    noisy,
)

MAX_ITERATIONS: Final = 80
MAX_REFIT_ITERATIONS: Final = 25
MAX_FITTED: Final = 400
"""Eleven parameters need no more evaluations; the process is conditioned on all of them."""
MIN_CORRELATION: Final = 0.6
"""Games of data measured .74 to .99 from the first fit on, random games up to .55 at 59."""
MIN_DISTINCT: Final = 15


@dataclass(frozen=True)
class Model:
    """A Gaussian process conditioned on utilities.

    Attributes
    ----------
    coalitions : bool, shape (n_evaluations, n_blocks).
    utilities : float64, shape (n_evaluations,).
    block_sizes : float64, shape (n_blocks,), or ``None`` where all are equal.
    theta : float64, shape (11,).
    centre, scale : of the utilities, taken off before fitting.
    inverse : K̃⁻¹, shape (n_evaluations, n_evaluations).
    alpha : K̃⁻¹y, shape (n_evaluations,).
    """

    coalitions: Coalitions
    utilities: Floats
    block_sizes: Floats | None
    theta: Floats
    centre: float
    scale: float
    inverse: Floats
    alpha: Floats

    @classmethod
    def at(
        cls,
        theta: Floats,
        coalitions: Coalitions,
        utilities: Floats,
        block_sizes: Floats | None,
    ) -> "Model":
        """Return the process with these parameters."""
        centre, scale = float(utilities.mean()), float(utilities.std()) or 1.0
        gram = noisy(gram_matrix(theta, coalitions, coalitions, block_sizes), theta)
        factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        if failed:
            # Only at the edge of the parameters: more noise makes it positive definite.
            raised = theta + 0.5 * (np.arange(len(theta)) == SIGMA)
            return cls.at(raised, coalitions, utilities, block_sizes)
        inverse = inverse_from(factor)
        alpha = inverse @ ((utilities - centre) / scale)
        return cls(coalitions, utilities, block_sizes, theta, centre, scale, inverse, alpha)

    def mean(self, coalitions: Coalitions) -> Floats:
        """Return the posterior mean of utilities, shape (len(coalitions),)."""
        gram = gram_matrix(self.theta, coalitions, self.coalitions, self.block_sizes)
        mean: Floats = self.centre + self.scale * (gram @ self.alpha)
        return mean

    def values(self, functional: Functional) -> Floats:
        """Return the semivalues of the posterior mean, shape (n_players,)."""
        sections = functional.sections(self.theta, self.coalitions)
        values: Floats = self.scale * (sections.T @ self.alpha)
        return values

    def left_out(self) -> Floats:
        """Return each utility as the others predict it, shape (n_evaluations,)."""
        predicted: Floats = self.utilities - self.scale * self.alpha / np.diag(self.inverse)
        return predicted

    def misfit(self) -> str:
        """Return why the process does not fit the game, or nothing.

        The correlation is between ranks of utilities and their leave-one-out predictions.
        """
        n_distinct = len(np.unique(self.utilities.round(12)))
        # Of a few evaluations of a small game half may well be equal.
        if n_distinct < min(MIN_DISTINCT, (len(self.utilities) + 1) // 2):
            return f"utilities have only {n_distinct} different values"
        rank = rankdata(np.stack([self.left_out(), self.utilities]), axis=1)
        correlation = float(np.corrcoef(rank)[0, 1])
        if not correlation >= MIN_CORRELATION:
            return f"utilities are hardly predictable (rank correlation {correlation:.2f})"
        return ""


def fit(
    coalitions: Coalitions,
    utilities: NDArray[np.float64],
    block_sizes: Floats | None,
    *,
    starts: Sequence[Floats] = (START,),
    max_iterations: int = MAX_ITERATIONS,
) -> Model:
    """Return the process with the most probable parameters, by L-BFGS-B.

    Parameters
    ----------
    starts : parameters to climb from; the best top counts.
    max_iterations : from each start; few are enough where a refit only chooses coalitions.
    """
    scale = float(utilities.std()) or 1.0
    standardised = (utilities - utilities.mean()) / scale
    some = np.arange(len(utilities))
    if len(some) > MAX_FITTED:
        some = np.linspace(0, len(some) - 1, MAX_FITTED).astype(np.int64)
    likelihood = Likelihood(coalitions[some], standardised[some], block_sizes)
    low, high = LOW.copy(), HIGH.copy()
    if block_sizes is None:
        low[G] = high[G] = 0.0
    tops = [
        minimize(
            likelihood,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([low, high], axis=1),
            options={"maxiter": max_iterations},
        )
        for start in starts
    ]
    best = min(tops, key=lambda top: float(top.fun))
    return Model.at(np.asarray(best.x, dtype=np.float64), coalitions, utilities, block_sizes)
