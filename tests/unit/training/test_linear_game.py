"""Games of linear classifiers: one coalition's numbers, whichever others are asked for."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.class_scores import Metric
from workbench.training.linear_game import Learner, LinearGame, member_sums, utilities, variances
from workbench.training.logistic import LogisticLearner
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular_rows import Table

LEARNERS: dict[str, Callable[[LinearGame], Learner]] = {
    "ridge": partial(RidgeLearner, alpha=1.0),
    "logistic": LogisticLearner,
}
N_PLAYERS = 9
ALL = (np.arange(2**N_PLAYERS)[:, None] >> np.arange(N_PLAYERS) & 1).astype(bool)


def game(
    n_classes: int = 2,
    n_features: int = 6,
    metric: Metric = "log-likelihood",
    n_test_rows: int = 53,
) -> LinearGame:
    """Nine owners of 1 to 25 rows, the last of one class only."""
    rng = np.random.default_rng(n_classes * 100 + n_features)

    def table(n_rows: int, kept: int) -> Table:
        labels = rng.integers(0, kept, size=n_rows)
        features = rng.normal(5, 3, size=(n_rows, n_features))
        features[:, 0] += 2 * labels
        return Table(features, labels)

    sizes = [1, 2, 5, 11, 17, 20, 25, 25]
    owners = [table(size, n_classes) for size in sizes] + [table(9, 1)]
    return LinearGame.of(owners, table(n_test_rows, n_classes), n_classes, metric)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("metric", ["log-likelihood", "accuracy"])
@pytest.mark.parametrize(("n_classes", "n_features"), [(2, 6), (2, 31), (4, 6)])
def test_no_bit_depends_on_which_coalitions_are_asked_for_together(
    learner: str, metric: Metric, n_classes: int, n_features: int
) -> None:
    found = LEARNERS[learner](game(n_classes, n_features, metric))
    members = ALL if n_classes == 2 else ALL[::5]
    together, blocks = utilities(found, members, 8)
    order = np.random.default_rng(0).permutation(len(members))
    for size in (1, 7, 64, 256):
        for first in range(0, len(order), max(size, 70)):
            chunk = order[first : first + size]
            alone, its_blocks = utilities(found, members[chunk], 8)
            assert alone.tobytes() == together[chunk].tobytes()
            assert its_blocks.tobytes() == blocks[chunk].tobytes()


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("n_test_rows", [1, 2, 8])
def test_bits_stay_with_very_few_test_rows(learner: str, n_test_rows: int) -> None:
    found = LEARNERS[learner](game(n_test_rows=n_test_rows))
    together, _ = utilities(found, ALL)
    alone = np.concatenate([utilities(found, members[None])[0] for members in ALL[::9]])
    assert alone.tobytes() == together[::9].tobytes()


@pytest.mark.parametrize("learner", LEARNERS)
def test_no_bit_depends_on_who_else_plays(learner: str) -> None:
    whole = game()
    kept = [1, 3, 4, 8]
    part = LinearGame(
        tuple(whole.owners[k] for k in kept),
        tuple(whole.labels[k] for k in kept),
        whole.test,
        whole.test_labels,
        whole.n_classes,
        whole.metric,
    )
    members = np.zeros((1, N_PLAYERS), dtype=bool)
    members[0, [1, 4, 8]] = True
    expected, _ = utilities(LEARNERS[learner](whole), members)
    found, _ = utilities(LEARNERS[learner](part), members[:, kept])
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("learner", LEARNERS)
def test_nobody_predicts_evenly(learner: str) -> None:
    total, blocks = utilities(LEARNERS[learner](game(4)), ALL[:2], 3)
    assert total[0] == pytest.approx(-np.log(4))
    assert blocks[0] == pytest.approx(-np.log(4))
    assert total[1] != total[0]


def test_features_are_in_the_hidden_tests_units() -> None:
    found = game()
    assert (found.test[:, 0] == 1).all()
    assert found.test[:, 1:].mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert found.test[:, 1:].std(axis=0) == pytest.approx(1)


def test_features_too_far_away_to_be_squared_are_refused() -> None:
    near = Table(np.array([[0.0], [1.0]]), np.array([0, 1]))
    far = Table(np.array([[0.0], [1e200]]), np.array([0, 1]))
    with pytest.raises(InvalidInputError, match="2e\\+200 deviations"):
        LinearGame.of([near, far], near, 2, "accuracy")


def test_members_parts_are_added() -> None:
    parts = [np.full((2, 3), 10.0**k) for k in range(N_PLAYERS)]
    expected = (ALL * 10.0 ** np.arange(N_PLAYERS)).sum(axis=1)
    assert (member_sums(parts, ALL) == expected[:, None, None]).all()


def test_a_feature_that_does_not_vary_counts_as_one_wide() -> None:
    count, mean = np.array([[3.0]]), np.array([[2.0, 2.0]])
    found = variances(count, mean, np.array([[4.0 + 1e-15, 5.0]]))
    assert found.tolist() == [[1.0, 1.0]]
    assert variances(count, mean, np.array([[4.0, 7.0]])).tolist() == [[1.0, 3.0]]
