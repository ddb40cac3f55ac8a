"""The gradient is the derivative, with and without sizes."""

import numpy as np
import pytest

from workbench.valuation.surrogate.kernel import N_PARAMETERS, G, player_weights
from workbench.valuation.surrogate.likelihood import START, WIDTH, Likelihood, gram_matrix


@pytest.mark.parametrize("has_sizes", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_gradient_agrees_with_finite_differences(seed: int, has_sizes: bool) -> None:
    rng = np.random.default_rng(seed)
    coalitions = np.unique(rng.random((30, 7)) < 0.5, axis=0)
    y = np.log1p(coalitions @ np.arange(1, 8)) + 0.1 * rng.normal(size=len(coalitions))
    sizes = rng.integers(5, 60, 7).astype(float) if has_sizes else None
    likelihood = Likelihood(coalitions, (y - y.mean()) / y.std(), sizes)
    theta = START + 0.2 * rng.normal(size=N_PARAMETERS)
    theta[G] = 0.6 if has_sizes else 0.0

    gradient = likelihood(theta)[1]

    step = 1e-5
    for parameter in range(N_PARAMETERS if has_sizes else G):
        moved = step * np.eye(N_PARAMETERS)[parameter]
        slope = (likelihood(theta + moved)[0] - likelihood(theta - moved)[0]) / (2 * step)
        assert gradient[parameter] == pytest.approx(slope, rel=1e-5, abs=1e-4)


def test_equal_sizes_are_no_sizes() -> None:
    rng = np.random.default_rng(0)
    coalitions = rng.random((20, 6)) < 0.5
    y = rng.normal(size=20)
    theta = START.copy()
    theta[G] = 0.0

    plain = Likelihood(coalitions, y, None)(theta)
    sized = Likelihood(coalitions, y, np.full(6, 9.0))(theta)

    # The one at g = 0 pays the penalty for being away from where g is expected.
    assert sized[0] - plain[0] == pytest.approx(0.5 * (START[G] / WIDTH[G]) ** 2)
    assert sized[1][:G] == pytest.approx(plain[1][:G], rel=1e-7, abs=1e-7)


def test_the_kernel_is_positive_definite() -> None:
    rng = np.random.default_rng(0)
    coalitions = np.unique(rng.random((60, 8)) < 0.5, axis=0)
    for _ in range(20):
        theta = START + rng.normal(size=N_PARAMETERS) * 0.7
        gram = gram_matrix(theta, coalitions, coalitions, rng.integers(1, 99, 8).astype(float))
        assert np.linalg.eigvalsh(gram).min() > -1e-8 * np.trace(gram)


def test_weights_sum_to_the_number_of_players() -> None:
    sizes = np.array([1.0, 10.0, 1e6])

    assert player_weights(sizes, 0.0).tolist() == [1, 1, 1]
    assert player_weights(sizes, 1.0).sum() == pytest.approx(3)
    assert player_weights(sizes, 1.0) == pytest.approx(3 * sizes / sizes.sum())
