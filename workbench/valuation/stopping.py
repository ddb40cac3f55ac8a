"""When to stop evaluating: by the errors of the values, or by the money they would move."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.values import Values, draw_values

Verdict = Callable[[Values], bool]


def payout_shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each player's part of a pool that pays positive values in proportion.

    Parameters
    ----------
    values : shape (…, n_players). Where nobody is worth anything, everybody gets nothing.
    """
    positive = np.maximum(values, 0)
    total = positive.sum(axis=-1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(
        positive, total, out=np.zeros_like(positive), where=total > 0
    )
    return shares


def probability_share_moves(values: Values, *, more_than: float = 0.02) -> float:
    """Return how probable it is that some payout share is off by more than this.

    Values are drawn within their errors; a drawn share that differs counts. An error of zero
    everywhere that enumeration does not explain says that nothing was learnt: 1.
    """
    if not values.standard_error.any():
        return 0.0 if values.converged else 1.0
    drawn = payout_shares(draw_values(values.value, values.covariance))
    moved = np.abs(drawn - payout_shares(values.value)).max(axis=1) > more_than
    return float(moved.mean())


def is_settled(values: Values, *, n_evaluations: int, more_than: float = 0.02) -> bool:
    """Return whether P(some payout share is off by more than ``more_than``) ≤ 5 %.

    Never with fewer than 5 evaluations a player, and never where no error was seen: a start
    of equal utilities has no spread and says nothing (pyDVL issues 300 and 305).
    """
    if n_evaluations < 5 * len(values.value) or not values.standard_error.any():
        return False
    return probability_share_moves(values, more_than=more_than) <= 0.05


@dataclass
class Stopping:
    """Stop when every given rule holds at two consecutive looks.

    Attributes
    ----------
    max_standard_error : of any value, in units of the metric; ``None`` does not ask.
    max_share_move : largest move of a payout share that may still happen with probability
        above 5 %; ``None`` does not ask.
    min_evaluations : distinct coalitions before the first look counts; 5 a player at least.
    """

    max_standard_error: float | None = None
    max_share_move: float | None = 0.02
    min_evaluations: int = 0
    _held_before: bool = field(default=False, init=False, repr=False)

    def look(self, values: Values) -> bool:
        """Return whether to stop, and remember this look."""
        held = self._holds(values)
        stop = held and self._held_before
        self._held_before = held
        return stop or (values.method == "exact" and values.converged)

    def _holds(self, values: Values) -> bool:
        enough = max(self.min_evaluations, 5 * len(values.value))
        if values.n_evaluations < enough or not values.standard_error.any():
            return False
        if self.max_standard_error is not None and (
            values.standard_error.max() > self.max_standard_error
        ):
            return False
        return self.max_share_move is None or (
            probability_share_moves(values, more_than=self.max_share_move) <= 0.05
        )
