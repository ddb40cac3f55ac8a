"""Second derivatives of logistic regressions, and Newton's steps from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# How far conjugate gradients bring the residual down. Newton's steps then gain a digit each.
_RESIDUAL: Final = 0.1


def dots(a: Floats, b: Floats) -> Floats:
    """Return the inner product of each row of ``a`` with that of ``b``, (n,), one by one."""
    return np.asarray(np.matmul(a[:, None], b[:, :, None])[:, 0, 0])


@dataclass(frozen=True)
class Curvature:
    """The Hessians of n coalitions, each at its own point.

    Attributes
    ----------
    rows : one matrix (n_rows, width) an owner.
    transposed : the same, transposed and contiguous.
    members : bool (n, n_owners).
    shares : the columns' probabilities of each owner's rows, (n, n_columns, n_rows) each.
    penalty : of each squared coefficient, (n, n_columns × width).
    across : curvature along equal intercepts of all columns, (n,). Such intercepts change no
        probability; with it, steps have one solution.
    """

    rows: Sequence[Floats]
    transposed: Sequence[Floats]
    members: NDArray[np.bool_]
    shares: Sequence[Floats]
    penalty: Floats
    across: Floats

    def solve(self, gradient: Floats) -> Floats:
        """Return Newton's step for each gradient (n, n_columns × width), closely.

        By conjugate gradients with the diagonal as preconditioner: a Hessian is multiplied
        with, never made, which costs the number of coefficients instead of its square.

        Nocedal, Wright (2006), *Numerical Optimization*, algorithm 5.3; each coalition stops
        by its own residual.
        """
        diagonal = self.diagonals()
        step, residual = np.zeros_like(gradient), gradient.copy()
        direction = residual / diagonal
        size = dots(residual, direction)
        goal = _RESIDUAL**2 * size
        going = np.flatnonzero(size > 0)
        for _ in range(gradient.shape[1]):
            if not len(going):
                break
            ahead = direction[going]
            bent = self.times(ahead, going)
            length = (size[going] / dots(ahead, bent))[:, None]
            step[going] += length * ahead
            residual[going] -= length * bent
            scaled = residual[going] / diagonal[going]
            left = dots(residual[going], scaled)
            direction[going] = scaled + (left / size[going])[:, None] * ahead
            size[going] = left
            going = going[left > goal[going]]
        return step

    def times(self, direction: Floats, chosen: NDArray[np.int64]) -> Floats:
        """Return the Hessians of some coalitions times a direction (n_chosen, size) each."""
        m = self.shares[0].shape[1]
        width = direction.shape[1] // m
        columns = direction.reshape(-1, m, width)
        found = (self.penalty[chosen] * direction).reshape(-1, m, width)
        total = _sum_of_columns(columns[:, :, :1])[:, 0]
        found[:, :, 0] += (self.across[chosen] * total)[:, None]
        for k, x in enumerate(self.rows):
            who = np.flatnonzero(self.members[chosen, k])
            shares = self.shares[k][chosen[who]]
            change = np.matmul(columns[who], self.transposed[k])
            mean = _sum_of_columns(shares * change)
            found[who] += np.matmul(shares * (change - mean[:, None]), x)
        return found.reshape(direction.shape)

    def diagonals(self) -> Floats:
        """Return the Hessians' diagonals, (n, n_columns × width)."""
        m = self.shares[0].shape[1]
        found = self.penalty.copy().reshape(len(self.penalty), m, -1)
        found[:, :, 0] += self.across[:, None]
        for k, x in enumerate(self.rows):
            who = np.flatnonzero(self.members[:, k])
            shares = self.shares[k][who]
            found[who] += np.matmul(shares * (1 - shares), x**2)
        return found.reshape(self.penalty.shape)


def _sum_of_columns(columns: Floats) -> Floats:
    """Return the sum over axis 1, in its order."""
    total = columns[:, 0].copy()
    for k in range(1, columns.shape[1]):
        total += columns[:, k]
    return total
