"""Rows that helped and hurt: the owner's own, by number, whatever its rows hold."""

from typing import Any

import pytest

from tests.integration.training.conftest import Jobs
from tests.integration.training.test_tabular import RECIPE, tables
from workbench.core.errors import InvalidInputError
from workbench.training import row_values
from workbench.valuation.knn_shapley import knn_shapley

TEXTS = {
    "classes": ["greeting", "number"],
    "features": "ngrams",
}


def told(jobs: Jobs, inputs: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return row_values.run(jobs.context(parameters, inputs))


def test_rows_with_wrong_labels_hurt(jobs: Jobs) -> None:
    ben = told(jobs, tables(jobs), rows="table", owner="ben", trained=RECIPE)
    ana = told(jobs, tables(jobs), rows="table", owner="ana", trained=RECIPE)
    assert ana["total"] > 0 > ben["total"]
    assert len(ana["helped"]) == len(ben["hurt"]) == 5
    assert {one["input"] for one in ana["helped"] + ana["hurt"]} == {"rows:ana:0"}
    assert (ana["n_rows"], ana["n_test_rows"]) == (ben["n_rows"], 80)
    for one in ben["hurt"]:
        assert set(one) == {"input", "row", "value"}
        assert 1 <= one["row"] <= 40


def test_columns_count_in_units_of_their_spread(jobs: Jobs) -> None:
    """Else the largest column alone would decide who is near."""
    inputs = {
        "rows:ana:0": jobs.rows(
            [
                {"features": [0.0, 1000.0], "label": "benign"},
                {"features": [1.0, 0.0], "label": "malignant"},
            ]
        ),
        "test": jobs.rows([{"features": [0.0, 400.0], "label": "benign"}]),
    }
    found = told(jobs, inputs, rows="table", owner="ana", trained=RECIPE, n_neighbours=1)
    assert [one["row"] for one in found["helped"]] == [1]
    raw = knn_shapley([[0.0, 1000.0], [1.0, 0.0]], [0, 1], [[0.0, 400.0]], [0], n_neighbors=1)
    assert raw[0] < found["helped"][0]["value"]


def test_texts_are_near_by_their_letters(jobs: Jobs) -> None:
    hello = [{"text": f"niltze tocniuh {k}", "label": "greeting"} for k in ("a", "e", "i")]
    count = [{"text": f"ce ome yei {k}", "label": "number"} for k in ("a", "e", "i")]
    wrong = [{"text": "niltze tocniuh u", "label": "number"}]
    inputs = {
        "rows:ana:0": jobs.rows(hello),
        "rows:ana:1": jobs.rows(wrong),
        "rows:ben:0": jobs.rows(count),
        "test": jobs.rows([{"text": "niltze tocniuh u", "label": "greeting"}]),
    }
    asked = {"rows": "labelled text", "owner": "ana", "trained": TEXTS, "n_neighbours": 1}
    found = told(jobs, inputs, **asked)
    assert found["hurt"][0]["input"] == "rows:ana:1"
    assert {one["input"] for one in found["helped"]} == {"rows:ana:0"}


def test_a_job_without_a_test_is_refused(jobs: Jobs) -> None:
    inputs = tables(jobs)
    del inputs["test"]
    with pytest.raises(InvalidInputError, match="no input named test"):
        told(jobs, inputs, rows="table", owner="ana", trained=RECIPE)
