"""Ridge classifiers from owners' sums are those that scikit-learn fits on the union."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.training.linear_game import LinearGame
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular_rows import Table

RNG = np.random.default_rng(3)
N_CLASSES = 3
UNITS = np.array([1.0, 1000.0, 0.01, 3.0, 5.0])


def table(n_rows: int) -> Table:
    labels = RNG.integers(0, N_CLASSES, size=n_rows)
    features = (RNG.normal(size=(n_rows, 5)) + 0.5 * labels[:, None] + 3) * UNITS
    # Constant among the owners, not in the test.
    features[:, 4] = 7.0
    return Table(features, labels)


OWNERS = [table(n_rows) for n_rows in (1, 4, 9, 30)]
TEST = Table(RNG.normal(size=(20, 5)) * UNITS, RNG.integers(0, N_CLASSES, size=20))
MEMBERS = (np.arange(1, 16)[:, None] >> np.arange(4) & 1).astype(bool)


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 100.0])
def test_scores_are_those_of_scikit_learn_on_the_union(alpha: float) -> None:
    game = LinearGame.of(OWNERS, TEST, N_CLASSES, "accuracy")
    found = RidgeLearner(game, alpha).scores(MEMBERS)
    for members, scores in zip(MEMBERS, found, strict=True):
        union = Table.joined([owner for owner, is_in in zip(OWNERS, members, strict=True) if is_in])
        model = make_pipeline(StandardScaler(), Ridge(alpha))
        expected = model.fit(union.features, np.eye(N_CLASSES)[union.labels]).predict(TEST.features)
        assert np.abs(scores.T - expected).max() < 1e-8


def test_rows_of_one_class_score_it_1_and_the_others_0() -> None:
    owner = Table(RNG.normal(size=(6, 5)), np.ones(6, dtype=np.int64))
    game = LinearGame.of([owner], TEST, N_CLASSES, "accuracy")
    [scores] = RidgeLearner(game, 1.0).scores(np.array([[True]]))
    assert scores == pytest.approx(np.tile([[0.0], [1.0], [0.0]], 20), abs=1e-12)


def test_wide_tables_go_in_small_batches() -> None:
    wide = Table(RNG.normal(size=(10, 300)), RNG.integers(0, 2, size=10))
    assert RidgeLearner(LinearGame.of([wide], wide, 2, "accuracy"), 1.0).batch_size == 1
    assert RidgeLearner(LinearGame.of(OWNERS, TEST, 3, "accuracy"), 1.0).batch_size == 256
