r"""How well parameters explain the utilities, with the analytic gradient.

Negative log posterior of a Gaussian process, up to a constant:

.. math:: ½ y'K̃^{-1}y + ½ \log|K̃| + ½ Σ_j (θ_j − θ_{0j})² / w_j²

θ_0 and w say what games of data are like: mean and 1.5 times the spread of θ fitted to 300
utilities of each of 24 games made for this alone (experiments/valuation_error/prior.py).
C. E. Rasmussen, C. K. I. Williams (2006), Gaussian Processes for Machine Learning, equations
5.8 and 5.9. With B = (K̃⁻¹ − αα')/2 each derivative is Σ B∘∂K̃. The kernel of players of equal
size depends on sizes and overlap alone, so B is summed over those triples first.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from workbench.valuation.coalitions import Coalitions
from workbench.valuation.surrogate.kernel import (
    N_PARAMETERS,
    SIGMA,
    Features,
    Floats,
    G,
    features,
    features_by_g,
    features_of,
    kernel,
    kernel_and_slopes,
    player_weights,
    slope_by_g,
)

START: Final = np.array([-0.3, 0.7, 0.8, 1.9, 2.4, -0.8, 1.8, 1.2, -4.7, 1.9, 1.0])
"""θ_0, and where climbing begins."""

SMOOTH: Final = np.array([0.5, 0.7, -1.5, 0.3, 1.0, -3.0, -2.5, 1.0, -3.5, 0.3, 0.5])
"""Where climbing begins again: very smooth games have a second top, away from θ_0."""

WIDTH: Final = np.array([0.7, 2.0, 2.0, 1.9, 4.6, 2.6, 2.6, 1.5, 3.3, 1.2, 0.35])
"""w, the standard deviation of each parameter over games."""

LOW: Final = np.array([-6.0, -3.0, -8.0, -1.0, -3.0, -9.0, -8.0, -3.0, -7.0, -1.0, 0.0])
HIGH: Final = np.array([6.0, 5.0, 5.0, 4.0, 6.0, 4.0, 4.0, 6.0, 2.0, 4.0, 1.3])
_JITTER: Final = 1e-8


def noisy(gram: Floats, theta: Floats) -> Floats:
    """Add the noise to the diagonal of a kernel matrix, in place, and a trace of jitter."""
    gram[np.diag_indices_from(gram)] += np.exp(2 * theta[SIGMA]) + _JITTER
    return gram


def inverse_from(factor: Floats) -> Floats:
    """Return the inverse of a matrix from its lower Cholesky factor, which is overwritten."""
    lower, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    inverse: Floats = lower + lower.T
    inverse[np.diag_indices_from(inverse)] /= 2
    return inverse


class Likelihood:
    """The negative log posterior of standardised utilities.

    Parameters
    ----------
    coalitions : bool, shape (n_evaluations, n_players).
    y : float64, shape (n_evaluations,); standardised utilities.
    player_sizes : float64, shape (n_players,), or ``None`` where all have the same; then g is
        held at 0.
    """

    def __init__(self, coalitions: Coalitions, y: Floats, player_sizes: Floats | None) -> None:
        self._coalitions, self._y, self._sizes = coalitions, y, player_sizes
        self._n_evaluations = len(y)
        if player_sizes is None:
            self._triples, self._where = _triples(coalitions)
        else:
            self._upper = np.triu_indices(self._n_evaluations)

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Return the negative log posterior and its gradient, shape (11,)."""
        pairs = self._pairs(theta)
        values, slopes = kernel_and_slopes(theta, pairs)
        gram = noisy(self._matrix(values), theta)
        factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        if failed:
            return 1e10, np.zeros(N_PARAMETERS)
        log_half = np.log(np.diag(factor)).sum()
        inverse = inverse_from(factor)
        alpha = inverse @ self._y
        b = 0.5 * (inverse - np.outer(alpha, alpha))
        summed = self._summed(b)
        gradient = np.zeros(N_PARAMETERS)
        for parameter, slope in enumerate(slopes):
            gradient[parameter] = np.sum(summed * slope)
        noise = 2 * np.exp(2 * theta[SIGMA])
        gradient[SIGMA] = noise * np.trace(b)
        if self._sizes is not None:
            gradient[G] = summed @ slope_by_g(theta, pairs, self._moved(theta))
        away = (theta - START) / WIDTH
        if self._sizes is None:
            away[G] = 0.0
        value = 0.5 * self._y @ alpha + log_half + 0.5 * away @ away
        return float(value), gradient + away / WIDTH

    def _pairs(self, theta: Floats) -> Features:
        if self._sizes is None:
            return self._triples
        weights = player_weights(self._sizes, theta[G])
        return self._flat(features(self._coalitions, self._coalitions, weights))

    def _moved(self, theta: Floats) -> Features:
        assert self._sizes is not None  # noqa: S101, only asked with sizes
        weights = player_weights(self._sizes, theta[G])
        return self._flat(features_by_g(self._coalitions, self._coalitions, weights, self._sizes))

    def _flat(self, f: Features) -> Features:
        rows, columns = self._upper
        return Features(
            f.u[rows, 0], f.v[0, columns], f.centred[self._upper], f.distance[self._upper]
        )

    def _matrix(self, values: Floats) -> Floats:
        """Return the symmetric kernel matrix from the values of its pairs."""
        if self._sizes is None:
            return values[self._where]
        gram = np.empty((self._n_evaluations, self._n_evaluations))
        gram[self._upper] = values
        gram.T[self._upper] = values
        return gram

    def _summed(self, b: Floats) -> Floats:
        """Return the weight of each pair's derivative."""
        if self._sizes is None:
            by_triple: Floats = np.bincount(self._where.ravel(), b.ravel()).astype(np.float64)
            return by_triple
        doubled = 2 * b
        doubled[np.diag_indices_from(b)] /= 2
        weights: Floats = doubled[self._upper]
        return weights


def gram_matrix(
    theta: Floats, one: Coalitions, other: Coalitions, player_sizes: Floats | None
) -> Floats:
    """Return k of every pair without noise, shape (len(one), len(other))."""
    n_players = one.shape[1]
    sizes = np.ones(n_players) if player_sizes is None else player_sizes
    return kernel(theta, features(one, other, player_weights(sizes, theta[G])))


def _triples(coalitions: Coalitions) -> tuple[Features, NDArray[np.intp]]:
    """Return the features of the distinct (s, t, o), and which one each pair has."""
    n_players = coalitions.shape[1]
    member = coalitions.astype(np.float64)
    overlap = (member @ member.T).astype(np.int64)
    size = coalitions.sum(axis=1)
    small = np.minimum(size[:, None], size)
    large = np.maximum(size[:, None], size)
    base = n_players + 1
    code, where = np.unique((small * base + large) * base + overlap, return_inverse=True)
    s, t, o = code // base**2, code // base % base, code % base
    found = features_of(s.astype(np.float64), t.astype(np.float64), o.astype(np.float64), n_players)
    return found, where.reshape(overlap.shape)
