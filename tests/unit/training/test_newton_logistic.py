"""Newton's method ends where the gradient vanishes, however hard the rows are to fit."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from workbench.training.newton_logistic import NewtonFit

RNG = np.random.default_rng(2)


def rows(n_rows: int, scale: float = 1.0) -> np.ndarray:
    return np.hstack([np.ones((n_rows, 1)), scale * RNG.normal(size=(n_rows, 3))])


def targets(n_columns: int, n_rows: int) -> np.ndarray:
    labels = RNG.integers(0, max(n_columns, 2), size=n_rows)
    return (labels == np.arange(max(n_columns, 2))[-n_columns:, None]).astype(float)


def objective(point: np.ndarray, x: np.ndarray, y: np.ndarray, penalty: np.ndarray) -> float:
    scores = point.reshape(len(y), -1) @ x.T
    if len(y) == 1:
        scores, y = np.vstack([np.zeros(len(x)), scores]), np.vstack([1 - y, y])
    return float(penalty @ point**2 / 2 - (y * log_softmax(scores, axis=0)).sum())


@pytest.mark.parametrize("n_columns", [1, 3])
@pytest.mark.parametrize("penalised", [1e-6, 1.0])
@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_it_finds_what_a_general_optimiser_finds(
    n_columns: int, penalised: float, scale: float
) -> None:
    owners = [rows(n, scale) for n in (2, 9, 30)]
    shown = [targets(n_columns, len(x)) for x in owners]
    members = np.array([[True, False, True], [False, True, True], [True, True, True]])
    penalty = np.tile(np.r_[0, np.full(3, penalised)], (3, n_columns))
    found = NewtonFit(owners, shown, members, penalty).minimum(100)
    for k, chosen in enumerate(members):
        x = np.vstack([m for m, is_in in zip(owners, chosen, strict=True) if is_in])
        y = np.hstack([t for t, is_in in zip(shown, chosen, strict=True) if is_in])
        best = minimize(objective, found[k], (x, y, penalty[k]), tol=1e-10).fun
        assert objective(found[k], x, y, penalty[k]) == pytest.approx(best, abs=1e-6 * len(x))


def test_separable_rows_without_much_penalty_stay_finite() -> None:
    x = np.array([[1.0, -1.0], [1.0, 1.0]])
    fit = NewtonFit([x], [np.array([[0.0, 1.0]])], np.ones((1, 1), bool), np.array([[0, 1e-9]]))
    found = fit.minimum(100)
    assert np.isfinite(found).all()
    assert found[0, 1] > 10


def test_the_number_of_steps_is_bounded() -> None:
    fit = NewtonFit([rows(30)], [targets(1, 30)], np.ones((1, 1), bool), np.array([[0, 1.0, 1, 1]]))
    assert not np.array_equal(fit.minimum(1), fit.minimum(100))
