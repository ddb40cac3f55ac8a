"""The answer of every estimator: values, their errors, intervals and ranks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from workbench.core.units import UNITS_PER_METRIC
from workbench.valuation import display

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

N_DRAWS: Final = 2_000


@dataclass(frozen=True, repr=False)
class Values:
    """What each player is worth.

    Attributes
    ----------
    value : ndarray of float64, shape (n_players,); in units of the metric, may be negative.
    standard_error : ndarray of float64, shape (n_players,); at least 0.
    rank : ndarray of int64, shape (n_players,); 1 is the largest value; values that are equal
        in sealed units share one, so that the last bits of a float sum rank nobody.
    low, high : ndarray of float64, shape (n_players,); ends of the interval that holds the
        value of the whole game with probability ``confidence``.
    probability_of_rank : ndarray of float64, shape (n_players,), 0 to 1; how often the player
        keeps its rank when values are drawn again within their errors.
    covariance : ndarray of float64, shape (n_players, n_players); of the values' errors.
    confidence : of the interval, 0 to 1.
    n_evaluations : distinct coalitions evaluated; 0 where the caller counted.
    converged : whether more evaluations would hardly move a payout share.
    method : the estimator.
    why : one sentence a person reads: why this method, and what to beware of.
    orders : ndarray of int64, shape (n_orders, n_players), where the value is a mean of marginal
        contributions along orders of joining, so that anybody repeats the sum; else ``None``.
    """

    value: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    rank: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    probability_of_rank: NDArray[np.float64]
    covariance: NDArray[np.float64]
    confidence: float = 0.95
    n_evaluations: int = 0
    converged: bool = False
    method: str = ""
    why: str = ""
    orders: NDArray[np.int64] | None = None

    @classmethod
    def of(
        cls,
        value: NDArray[np.float64],
        standard_error: NDArray[np.float64],
        *,
        covariance: NDArray[np.float64] | None = None,
        confidence: float = 0.95,
        degrees_of_freedom: float = np.inf,
        **facts: Any,
    ) -> "Values":
        """Return values with their ranks and intervals.

        Parameters
        ----------
        covariance : of the errors; its diagonal is taken from ``standard_error``. Without it
            errors count as independent.
        degrees_of_freedom : of Student's t, for errors estimated from few samples.
        **facts : ``n_evaluations``, ``converged``, ``method``, ``why``, ``orders``.
        """
        tail = (1 + confidence) / 2
        width = ndtri(tail) if np.isinf(degrees_of_freedom) else stdtrit(degrees_of_freedom, tail)
        covariance = _with_diagonal(covariance, standard_error)
        ranks = ranks_of(value)
        drawn = draw_values(value, covariance)
        same = ranks_of(drawn) == ranks if standard_error.any() else np.ones_like(drawn)
        return cls(
            value,
            standard_error,
            ranks,
            value - width * standard_error,
            value + width * standard_error,
            same.mean(axis=0),
            covariance,
            confidence,
            **facts,
        )

    def to_frame(self, players: list[str] | None = None) -> "pd.DataFrame":
        """Return one row a player, best first.

        Parameters
        ----------
        players : their names, length n_players; their numbers unless given.
        """
        return display.to_frame(self, players)

    def plot(self, axes: "Axes | None" = None, players: list[str] | None = None) -> "Axes":
        """Draw values with their intervals, best on top, readable on light and dark.

        Parameters
        ----------
        axes : where to draw; a new figure unless given.
        players : their names, length n_players; their numbers unless given.
        """
        return display.plot(self, axes, players)

    def __repr__(self) -> str:
        return display.to_text(self)

    def _repr_html_(self) -> str:
        return display.to_html(self)


def ranks_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return ranks along the last axis, 1 the largest, equal sealed units sharing one."""
    units = np.rint(values * UNITS_PER_METRIC)
    ascending = np.sort(units, axis=-1)
    n_players = units.shape[-1]
    # Position of the last equal value, for every row at once.
    order = units.argsort(axis=-1, kind="stable")
    is_last = np.ones(units.shape, dtype=bool)
    is_last[..., :-1] = ascending[..., 1:] != ascending[..., :-1]
    position = np.where(is_last, np.arange(1, n_players + 1), n_players + 1)
    last = np.minimum.accumulate(position[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(units.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, n_players + 1 - last, axis=-1)
    return ranks


def draw_values(
    value: NDArray[np.float64], covariance: NDArray[np.float64], n_draws: int = N_DRAWS
) -> NDArray[np.float64]:
    """Return values drawn within their errors, shape (n_draws, n_players); always the same."""
    spread, axes = np.linalg.eigh(covariance)
    normal = np.random.default_rng(0).standard_normal((n_draws, len(value)))
    drawn: NDArray[np.float64] = value + normal * np.sqrt(np.maximum(spread, 0)) @ axes.T
    return drawn


def _with_diagonal(
    covariance: NDArray[np.float64] | None, standard_error: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the covariance, scaled so that its diagonal is the squared standard error."""
    if covariance is None:
        return np.diag(standard_error**2)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.divide(standard_error, spread, out=np.zeros_like(spread), where=spread > 0)
    scaled: NDArray[np.float64] = covariance * scale[:, None] * scale
    scaled[np.diag_indices_from(scaled)] = standard_error**2
    return scaled
