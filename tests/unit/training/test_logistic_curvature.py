"""Curvature is the gradient's own change, and its steps solve Newton's equations."""

import numpy as np
import pytest
from scipy.special import softmax

from workbench.training.logistic_curvature import Curvature, dots

RNG = np.random.default_rng(1)
ROWS = [np.hstack([np.ones((n, 1)), RNG.normal(size=(n, 4))]) for n in (3, 8, 20)]
MEMBERS = np.array([[True, True, False], [False, True, True], [True, False, True]])


def curvature(n_columns: int) -> Curvature:
    scores = [RNG.normal(size=(3, max(n_columns, 2), len(x))) for x in ROWS]
    shares = [softmax(s, axis=1)[:, -n_columns:] for s in scores]
    penalty = np.full((3, n_columns * 5), 0.5)
    transposed = [np.ascontiguousarray(x.T) for x in ROWS]
    return Curvature(ROWS, transposed, MEMBERS, shares, penalty, np.full(3, 2.0))


def hessian(found: Curvature, coalition: int, n_columns: int) -> np.ndarray:
    total = np.diag(found.penalty[coalition])
    across = np.zeros(5)
    across[0] = 1
    total += 2.0 * np.kron(np.ones((n_columns, n_columns)), np.outer(across, across))
    for k, x in enumerate(ROWS):
        if MEMBERS[coalition, k]:
            for row, p in zip(x, found.shares[k][coalition].T, strict=True):
                total += np.kron(np.diag(p) - np.outer(p, p), np.outer(row, row))
    return total


@pytest.mark.parametrize("n_columns", [1, 3])
def test_products_and_diagonals_are_those_of_the_hessian(n_columns: int) -> None:
    found = curvature(n_columns)
    direction = RNG.normal(size=(2, n_columns * 5))
    chosen = np.array([2, 0])
    products, diagonals = found.times(direction, chosen), found.diagonals()
    for place, coalition in enumerate(chosen):
        expected = hessian(found, coalition, n_columns)
        assert products[place] == pytest.approx(expected @ direction[place])
        assert diagonals[coalition] == pytest.approx(np.diag(expected))


@pytest.mark.parametrize("n_columns", [1, 3])
def test_steps_come_close_to_newtons(n_columns: int) -> None:
    found = curvature(n_columns)
    gradient = RNG.normal(size=(3, n_columns * 5))
    steps = found.solve(gradient)
    for coalition in range(3):
        left = hessian(found, coalition, n_columns) @ steps[coalition] - gradient[coalition]
        assert np.linalg.norm(left) < 0.3 * np.linalg.norm(gradient[coalition])


def test_nothing_to_solve_is_solved() -> None:
    assert (curvature(1).solve(np.zeros((3, 5))) == 0).all()


def test_inner_products_are_taken_row_by_row() -> None:
    a, b = RNG.normal(size=(2, 4, 6))
    assert dots(a, b) == pytest.approx((a * b).sum(axis=1))
