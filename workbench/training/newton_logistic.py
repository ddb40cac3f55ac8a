"""Newton's method for many logistic regressions at once.

Every step is a stack of small matrix products, one a coalition and owner: the interpreter's
cost is shared, and numpy multiplies each matrix by itself, so that neighbours in a batch change
no bit (truncated Newton: Nocedal, Wright 2006, *Numerical Optimization*, section 7.1; a step is
halved while it makes the objective worse).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.training.logistic_curvature import Curvature, Floats, dots

# A step that promises less than this, in nats a row, is the last; it leaves about a hundredth.
_LAST_STEP: Final = 1e-9
# At 0 every row has its largest weight, so the first step falls short: twice as far saves one
# step in eight on breast cancer. Where it is too far, it is halved.
_FIRST_STEP: Final = 2.0
_MOST_HALVINGS: Final = 30
# Curvature along the one intercept, as a share of the rows: without a penalty, its own may
# vanish. Newton's method still ends where the gradient does.
_FLOOR: Final = 1e-12


@dataclass(frozen=True)
class _Slope:
    """Objective (n,), gradient (n, size) and probabilities at a point of n coalitions each."""

    objective: Floats
    gradient: Floats
    shares: list[Floats]

    def replace(self, which: NDArray[np.int64], other: "_Slope") -> None:
        self.objective[which] = other.objective
        self.gradient[which] = other.gradient
        for mine, others in zip(self.shares, other.shares, strict=True):
            mine[which] = others


class NewtonFit:
    """L2-penalised logistic regressions on the rows of coalitions' members.

    The objective is the rows' summed loss in nats plus half the penalised squares.

    Parameters
    ----------
    rows : one matrix (n_rows, width) an owner; the first column is 1.
    targets : one matrix (n_columns, n_rows) an owner, of 0 and 1. One column is the second of
        two classes, whose first has the score 0; more are a softmax over all of them.
    members : bool (n_coalitions, n_owners), no row of it empty.
    penalty : of each squared coefficient, (n_coalitions, n_columns × width); 0 for the first
        coefficient of each column, the intercept, and above 0 for the others.
    """

    def __init__(
        self,
        rows: Sequence[Floats],
        targets: Sequence[Floats],
        members: NDArray[np.bool_],
        penalty: Floats,
    ) -> None:
        self.rows = rows
        self.transposed = [np.ascontiguousarray(matrix.T) for matrix in rows]
        self.targets, self.members, self.penalty = targets, members, penalty
        self.n_columns, self.width = len(targets[0]), rows[0].shape[1]
        # Whole numbers: exact in any order.
        self.n_rows = members @ np.array([float(len(matrix)) for matrix in rows])

    def minimum(self, iterations: int) -> Floats:
        """Return the best coefficients, (n_coalitions, n_columns × width).

        Each coalition stops by its own progress, after ``iterations`` steps at most.
        """
        found = np.zeros_like(self.penalty)
        active = np.arange(len(found))
        slope, length = self._slope(found, active), _FIRST_STEP
        for _ in range(iterations):
            step = self._curvature(slope, active).solve(slope.gradient)
            promised = dots(slope.gradient, step) / 2
            going = promised > _LAST_STEP * self.n_rows[active]
            found[active[~going]] -= step[~going]
            active = active[going]
            if not len(active):
                break
            slope = self._walk(found, active, length * step[going], slope.objective[going])
            length = 1.0
        return found

    def _walk(
        self, found: Floats, active: NDArray[np.int64], step: Floats, objective: Floats
    ) -> _Slope:
        """Take the steps in ``found``, each halved until it helps; return what is there."""
        point = found[active]
        slope = self._slope(point - step, active)
        for _ in range(_MOST_HALVINGS):
            worse = np.flatnonzero(slope.objective > objective)
            if not len(worse):
                break
            step[worse] /= 2
            slope.replace(worse, self._slope(point[worse] - step[worse], active[worse]))
        found[active] = point - step
        return slope

    def _slope(self, point: Floats, coalitions: NDArray[np.int64]) -> _Slope:
        n, m = len(point), self.n_columns
        pull = self.penalty[coalitions] * point
        objective = dots(point, pull) / 2
        gradient = pull.reshape(n, m, self.width)
        coefficients = point.reshape(n, m, self.width)
        kept = []
        for k, x in enumerate(self.rows):
            who = np.flatnonzero(self.members[coalitions, k])
            scores = np.matmul(coefficients[who], self.transposed[k])
            losses, shares = _losses(scores, self.targets[k])
            objective[who] += np.matmul(losses[:, None], np.ones((len(x), 1)))[:, 0, 0]
            gradient[who] += np.matmul(shares - self.targets[k], x)
            kept.append(np.zeros((n, m, len(x))))
            kept[k][who] = shares
        return _Slope(objective, gradient.reshape(point.shape), kept)

    def _curvature(self, slope: _Slope, coalitions: NDArray[np.int64]) -> Curvature:
        across = _FLOOR if self.n_columns == 1 else 1 / self.n_columns
        return Curvature(
            self.rows,
            self.transposed,
            self.members[coalitions],
            slope.shares,
            self.penalty[coalitions],
            across * self.n_rows[coalitions],
        )


def _losses(scores: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Return rows' losses (n, n_rows) in nats and the columns' probabilities, as ``scores``."""
    n_columns = scores.shape[1]
    # The score 0 of the first of two classes takes part like any other.
    top = np.maximum(scores[:, 0], 0) if n_columns == 1 else scores[:, 0].copy()
    own = targets[0] * scores[:, 0]
    for k in range(1, n_columns):
        np.maximum(top, scores[:, k], out=top)
        own += targets[k] * scores[:, k]
    odds = np.exp(scores - top[:, None])
    total = np.exp(-top) if n_columns == 1 else np.zeros_like(top)
    for k in range(n_columns):
        total += odds[:, k]
    return np.log(total) + top - own, odds / total[:, None]
