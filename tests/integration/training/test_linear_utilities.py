"""Recipes of cheap utilities: what their plain counterparts find, whatever the job's cut."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.integration.training.conftest import Jobs
from workbench.compute.recipes import load_recipe
from workbench.core.errors import InvalidInputError, JobCancelledError
from workbench.training import logistic_utility, ridge_utility, tabular_utility

CLASSES = ["benign", "malignant"]
OWNERS = ("ana", "ben", "eva")
# Not in the order of names: bits follow positions.
PLAYERS = [
    {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
    for place, owner in zip((5, 0, 3), OWNERS, strict=True)
]
MASKS = [a + b + c for a in (0, 32) for b in (0, 1) for c in (0, 8)]
RECIPES = [ridge_utility, logistic_utility]


def patients(seed: int, n_rows: int, kept: int = 2) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, kept, size=n_rows)
    features = rng.normal(size=(n_rows, 5)) + 0.8 * labels[:, None]
    return [
        {"features": list(map(float, row)), "label": CLASSES[label]}
        for row, label in zip(features, labels, strict=True)
    ]


def tables(jobs: Jobs) -> dict[str, Path]:
    return {
        "rows:ana:0": jobs.rows(patients(1, 40)),
        "rows:ben:0": jobs.rows(patients(2, 15)),
        "rows:eva:0": jobs.rows(patients(3, 20, kept=1)),
        "test": jobs.rows(patients(9, 81)),
    }


def evaluate(
    recipe: ModuleType, jobs: Jobs, coalitions: list[int], **changes: Any
) -> dict[int, dict[str, Any]]:
    names = [str(coalition) for coalition in coalitions]
    given = {"classes": CLASSES, "players": PLAYERS, "coalitions": names} | changes
    result = recipe.run(jobs.context(given, tables(jobs), seed=7))
    return {int(found["coalition"]): found for found in result["evaluations"]}


def test_ridge_utilities_are_those_of_scikit_learn_on_the_union(jobs: Jobs) -> None:
    found = evaluate(ridge_utility, jobs, [33], metric="accuracy", inverse_regularisation=0.5)
    rows = patients(2, 15) + patients(1, 40)
    test = patients(9, 81)
    one_hot = np.eye(2)[[CLASSES.index(row["label"]) for row in rows]]
    model = make_pipeline(StandardScaler(), Ridge(2.0))
    scores = model.fit([row["features"] for row in rows], one_hot).predict(
        [row["features"] for row in test]
    )
    right = np.array([CLASSES[k] for k in scores.argmax(axis=1)]) == [r["label"] for r in test]
    assert found[33]["utility"] == pytest.approx(right.mean())
    expected = [right[block::8].mean() for block in range(8)]
    assert found[33]["block_utilities"] == pytest.approx(expected)


@pytest.mark.parametrize("metric", ["accuracy", "log-likelihood"])
def test_logistic_utilities_are_those_of_the_plain_recipe(jobs: Jobs, metric: str) -> None:
    found = evaluate(logistic_utility, jobs, MASKS, metric=metric)
    plain = evaluate(tabular_utility, jobs, MASKS, metric=metric)
    for mask in MASKS:
        assert found[mask]["utility"] == pytest.approx(plain[mask]["utility"], abs=0.001)
        assert found[mask]["seed"] == plain[mask]["seed"]
        blocks = plain[mask]["block_utilities"]
        assert found[mask]["block_utilities"] == pytest.approx(blocks, abs=0.002)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("metric", ["accuracy", "log-likelihood"])
def test_utilities_do_not_depend_on_order_or_batch(
    jobs: Jobs, recipe: ModuleType, metric: str
) -> None:
    together = evaluate(recipe, jobs, MASKS, metric=metric)
    for size in (1, 3):
        apart: dict[int, Any] = {}
        for first in range(0, len(MASKS), size):
            apart |= evaluate(recipe, jobs, MASKS[::-1][first : first + size], metric=metric)
        assert apart == together


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_evaluation_is_told_with_its_seconds(jobs: Jobs, recipe: ModuleType) -> None:
    found = evaluate(recipe, jobs, MASKS)
    told = [dict(event) for event in jobs.events if event["type"] == "utility"]
    assert all(event.pop("seconds") > 0 for event in told)
    assert told == [{"type": "utility"} | found[mask] for mask in MASKS]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_empty_coalition_predicts_evenly(jobs: Jobs, recipe: ModuleType) -> None:
    assert evaluate(recipe, jobs, [0])[0]["utility"] == pytest.approx(-np.log(2))
    assert evaluate(recipe, jobs, [0], metric="accuracy")[0]["utility"] == 0.5


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_hidden_test_shorter_than_its_blocks_is_refused(jobs: Jobs, recipe: ModuleType) -> None:
    with pytest.raises(InvalidInputError, match="hidden test has 81 rows"):
        evaluate(recipe, jobs, [0], n_blocks=82)


@pytest.mark.parametrize("recipe", RECIPES)
def test_strangers_in_a_coalition_are_refused(jobs: Jobs, recipe: ModuleType) -> None:
    with pytest.raises(InvalidInputError, match="no player"):
        evaluate(recipe, jobs, [2])


def test_a_cancelled_job_stops(jobs: Jobs) -> None:
    jobs.cancelled = True
    with pytest.raises(JobCancelledError):
        evaluate(ridge_utility, jobs, MASKS)


@pytest.mark.parametrize(
    "name", ["ridge-utility", "logistic-utility", "text-classification-utility"]
)
def test_workers_find_the_recipe(name: str) -> None:
    assert callable(load_recipe(name))
