"""Values of real tables: owners whose worth is known by enumeration, rows labelled wrongly."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.valuation import semivalue_from_table, value_game

EXPERIMENT = Path(__file__).parents[3] / "experiments" / "valuation_error"


@pytest.fixture(scope="module")
def experiment() -> Any:
    """The benchmark's games and labels, which import each other by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXPERIMENT))
        import games
        import labels

        yield games, labels
    for name in ("games", "labels"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("learner", ["ridge", "bayes"])
def test_sixty_four_trainings_of_ten_owners_value_them(experiment: Any, learner: str) -> None:
    game = experiment[0].owners_game("breast_cancer", learner, "log_likelihood", 10, 5)
    truth = semivalue_from_table(game.table)

    values = value_game(game, 10, method="surrogate", budget=64, player_sizes=game.sizes)
    sampled = value_game(game, 10, method="permutation", budget=64)

    def error(found: Any) -> float:
        return float(((found.value - truth) ** 2).sum() / (truth**2).sum())

    assert values.method == "surrogate"
    assert error(values) < 0.03
    assert error(values) < error(sampled) / 10


def test_learners_in_batches_equal_one_coalition_at_a_time(experiment: Any) -> None:
    games = experiment[0]
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=(30, 3)), np.ones(30)])
    y = rng.integers(0, 3, 30)
    weight = (rng.random((6, 30)) < 0.5).astype(float)
    for learner in games.LEARNERS.values():
        together = learner(weight, x, y, x[:5], 3)
        alone = np.concatenate([learner(row[None], x, y, x[:5], 3) for row in weight])
        assert together == pytest.approx(alone, abs=1e-9)


def test_wrong_labels_have_low_values(experiment: Any) -> None:
    scores = experiment[1].found_labels("breast_cancer", 0, 20)

    assert scores["KNN-Shapley precision@40, breast_cancer"] > 0.75
    assert scores["Data-OOB F1, breast_cancer"] > 0.6
