"""Classifiers: trained, valued and compared from canonical rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.integration.training.conftest import Jobs
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training import tabular, tabular_compare, tabular_utility
from workbench.training.tabular_estimators import LEARN

RECIPE: dict[str, Any] = {"classes": ["benign", "malignant"]}
OWNERS = ("ana", "ben", "eva")
PLAYERS = [
    {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
    for place, owner in enumerate(OWNERS)
]


def patients(seed: int, n_rows: int = 40, flipped: float = 0.0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size=n_rows)
    features = rng.normal(size=(n_rows, 5)) + 1.5 * labels[:, None]
    shown = np.where(rng.random(n_rows) < flipped, 1 - labels, labels)
    return [
        {"features": list(map(float, row)), "label": RECIPE["classes"][label]}
        for row, label in zip(features, shown, strict=True)
    ]


def tables(jobs: Jobs) -> dict[str, Path]:
    return {
        "rows:ana:0": jobs.rows(patients(1)),
        "rows:ben:0": jobs.rows(patients(2, flipped=0.9)),
        "rows:eva:0": jobs.rows([row for row in patients(3) if row["label"] == "benign"]),
        "test": jobs.rows(patients(9, 80)),
    }


def evaluate(jobs: Jobs, coalitions: list[int], **changes: Any) -> dict[str, Any]:
    names = [str(coalition) for coalition in coalitions]
    parameters = RECIPE | {"players": PLAYERS, "coalitions": names} | changes
    result = tabular_utility.run(jobs.context(parameters, tables(jobs)))
    return {found["coalition"]: found for found in result["evaluations"]}


def test_training_beats_the_uniform_prediction(jobs: Jobs) -> None:
    inputs = tables(jobs)
    del inputs["rows:ben:0"]
    context = jobs.context(RECIPE, inputs)
    metrics = tabular.run(context)["metrics"]
    assert metrics["base_loss"] == pytest.approx(np.log(2))
    assert metrics["base_accuracy"] == 0.5
    assert metrics["loss"] < metrics["base_loss"]
    assert metrics["accuracy"] > 0.8
    assert [path.name for path in context.output.iterdir()] == ["model.safetensors"]


def test_equal_rows_give_an_equal_model(jobs: Jobs) -> None:
    digests = {tabular.run(jobs.context(RECIPE, tables(jobs)))["model_digest"] for _ in range(6)}
    assert len(digests) == 1


@pytest.mark.parametrize("metric", ["log-likelihood", "accuracy"])
def test_utilities_do_not_depend_on_order_or_batch(jobs: Jobs, metric: str) -> None:
    together = evaluate(jobs, list(range(8)), metric=metric)
    alone: dict[str, Any] = {}
    for coalition in reversed(range(8)):
        alone |= evaluate(jobs, [coalition], metric=metric)
    assert together == alone


def test_the_empty_coalition_predicts_evenly(jobs: Jobs) -> None:
    assert evaluate(jobs, [0])["0"]["utility"] == pytest.approx(-np.log(2))
    assert evaluate(jobs, [0], metric="accuracy")["0"]["utility"] == 0.5


def test_rows_of_one_class_have_a_utility(jobs: Jobs) -> None:
    assert -np.log(2 / 0.01) < evaluate(jobs, [4])["4"]["utility"] < -np.log(2)


def test_a_tasks_model_is_not_trained_on_one_class(jobs: Jobs) -> None:
    given = tables(jobs)
    inputs = {name: given[name] for name in ("rows:eva:0", "test")}
    with pytest.raises(InvalidInputError, match="rows are labelled 'benign'"):
        tabular.run(jobs.context(RECIPE, inputs))


@pytest.mark.parametrize("estimator", LEARN)
def test_every_estimator_is_trained_valued_and_compared(jobs: Jobs, estimator: str) -> None:
    given = {name: path for name, path in tables(jobs).items() if name != "rows:ben:0"}
    recipe = RECIPE | {"estimator": estimator, "n_trees": 10}
    context = jobs.context(recipe, given, seed=4)
    result = tabular.run(context)
    assert result["metrics"]["accuracy"] > 0.8
    weights = {"model:0:model.safetensors": context.output / "model.safetensors"}
    parameters = {"models": ["trained"], "trained": recipe}
    comparison = jobs.context(parameters, {"test": given["test"]} | weights)
    [row] = tabular_compare.run(comparison)["rows"]
    assert row["loss"] == pytest.approx(result["metrics"]["loss"], rel=1e-12)
    found = evaluate(jobs, [0, 1, 2, 3], estimator=estimator, n_trees=10)
    assert found["1"]["utility"] > found["0"]["utility"] > found["2"]["utility"]


def test_flipped_labels_are_worth_less_than_right_ones(jobs: Jobs) -> None:
    found = evaluate(jobs, [1, 2, 3])
    assert found["1"]["utility"] > found["3"]["utility"] > found["2"]["utility"]


def test_blocks_average_to_the_utility(jobs: Jobs) -> None:
    found = evaluate(jobs, [3])["3"]
    assert len(found["block_utilities"]) == 8
    assert np.mean(found["block_utilities"]) == pytest.approx(found["utility"])


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"features": [1.0, float("nan"), 0, 0, 0], "label": "benign"}, "features"),
        ({"features": [1.0, float("inf"), 0, 0, 0], "label": "benign"}, "features"),
        ({"features": [1.0, 2.0], "label": "benign"}, "5 finite"),
        ({"features": [1.0, "2", 0, 0, 0], "label": "benign"}, "features"),
        ({"features": [1.0, True, 0, 0, 0], "label": "benign"}, "features"),
        ({"features": [1.0, 0, 0, 0, 0], "label": "unknown"}, "unknown"),
        ({"label": "benign"}, "features"),
    ],
)
def test_a_bad_row_is_named(jobs: Jobs, row: dict[str, Any], found: str) -> None:
    bad = jobs.rows([patients(1)[0], row])
    with pytest.raises(InvalidInputError, match=found) as caught:
        tabular.run(jobs.context(RECIPE, tables(jobs) | {"rows:ben:0": bad}))
    assert (caught.value.facts["input"], caught.value.facts["row"]) == ("rows:ben:0", 2)


def test_an_empty_table_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="no rows"):
        tabular.run(jobs.context(RECIPE, tables(jobs) | {"rows:ben:0": jobs.rows([])}))


def test_classifiers_are_compared_with_the_uniform_prediction(jobs: Jobs) -> None:
    inputs = tables(jobs)
    del inputs["rows:ben:0"]
    context = jobs.context(RECIPE, inputs)
    metrics = tabular.run(context)["metrics"]
    weights = {"model:1:model.safetensors": context.output / "model.safetensors"}
    parameters = {"models": ["base", "trained"], "trained": RECIPE}
    comparison = jobs.context(parameters, {"test": inputs["test"]} | weights)
    found = tabular_compare.run(comparison)
    base, trained = found["rows"]
    assert (base["loss"], trained["loss"]) == pytest.approx((metrics["base_loss"], metrics["loss"]))
    assert trained["p"] < 0.05
    scores = {(s["metric"], s["model"]): s for s in found["scores"]}
    assert scores["accuracy", "trained"]["score"] == metrics["accuracy"]
    assert scores["accuracy", "trained"]["test"] == "McNemar, exact"
    assert scores["macro-f1", "trained"]["verdict"] == "better"
    classes = {(s["metric"], s["value"]): s for s in found["slices"] if s["model"] == "base"}
    # Of equally likely classes it says the first.
    assert classes["accuracy", "benign"]["score"] == 1
    assert classes["accuracy", "malignant"]["score"] == 0
    n_items = sum(s["n_items"] for (metric, _), s in classes.items() if metric == "log-loss")
    assert n_items == found["n_rows"]


def test_a_model_with_nan_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    context = jobs.context(RECIPE, tables(jobs))
    tabular.run(context)
    arrays = load_file(context.output / "model.safetensors")
    arrays["coefficients"][0, 0] = np.nan
    header = {"workbench": '{"estimator": "linear", "classes": ["benign", "malignant"]}'}
    save_file(arrays, tmp_path / "bad.safetensors", header)
    inputs = {"test": tables(jobs)["test"], "model:0:m.safetensors": tmp_path / "bad.safetensors"}
    parameters = {"models": ["trained"], "trained": RECIPE}
    with pytest.raises(UnsupportedFormatError, match="NaN"):
        tabular_compare.run(jobs.context(parameters, inputs))
