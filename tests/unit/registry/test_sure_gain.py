"""Lower bounds hold as often as they say."""

from itertools import combinations, product

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.paired_tests import sign_flip_test
from workbench.registry.sure_gain import bootstrap_gain, check_seeds, seed_bound


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


SIZES = np.array([3, 5, 11, 17, 40, 41, 97], dtype=np.int64)


def test_the_bound_of_seeds_is_a_mean_of_some_of_them() -> None:
    gains = np.sort(rng().integers(-100, 400, 8))
    means = sorted(
        int(np.floor(np.mean(some))) for n in range(1, 9) for some in combinations(gains, n)
    )
    assert seed_bound(gains, 1) == means[int(0.05 * 2**8) - 1]


def test_a_gain_of_nothing_is_certified_in_at_most_5_percent_of_all_signs() -> None:
    """Exactly: all patterns of signs of symmetric gains are gone through."""
    bounds = [seed_bound(np.sort(SIZES * signs), 1) for signs in product((-1, 1), repeat=7)]
    # The bound is rounded down; a mean of no subset is 0 here.
    assert 0 < np.mean([bound >= 0 for bound in bounds]) <= 0.05


def test_where_the_bound_is_above_0_the_test_is_significant_at_5_percent() -> None:
    for signs in product((-1, 1), repeat=7):
        gains = np.sort(SIZES * signs)
        if seed_bound(gains * 1000, 1) > 0:
            assert sign_flip_test(gains, rng(), alternative="greater").p <= 0.05


def test_bounds_are_rounded_down() -> None:
    assert seed_bound(np.full(7, 19), 10) == 1
    assert seed_bound(np.full(7, -19), 10) == -2
    same = np.tile(np.array([29, 10, 10], dtype=np.int64), (60, 1))
    assert bootstrap_gain(same, rng()).low == 1


def test_documents_give_the_bound_of_their_mean() -> None:
    gains = rng().normal(1000, 2000, 400).astype(np.int64)
    losses = np.stack([5000 + gains, np.full(400, 5000), np.ones(400, dtype=np.int64)], axis=1)
    found = bootstrap_gain(losses, rng())
    wanted = gains.mean() - 1.645 * gains.std() / 20
    assert found.low == pytest.approx(wanted, abs=15)
    assert found.p == 1 / 10_000


def test_equal_models_have_p_of_1_and_gain_nothing() -> None:
    losses = np.repeat(rng().integers(1, 100, (50, 1)), 3, axis=1)
    assert (bootstrap_gain(losses, rng()).p, bootstrap_gain(losses, rng()).low) == (1, 0)


@pytest.mark.parametrize("n_seeds", [1, 6, 21])
def test_seeds_that_tell_nothing_are_refused(n_seeds: int) -> None:
    with pytest.raises(InvalidInputError, match=f"{n_seeds} seeds"):
        check_seeds(n_seeds)
    with pytest.raises(InvalidInputError, match=f"{n_seeds} seeds"):
        seed_bound(np.zeros(n_seeds, dtype=np.int64), 1)


def test_few_documents_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="49 documents"):
        bootstrap_gain(np.ones((49, 3), dtype=np.int64), rng())
