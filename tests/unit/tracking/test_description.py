"""What the recipe ``track`` is told about a run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.tracking.description import DatasetDescription, RunDescription

DESCRIPTION: dict[str, Any] = {
    "id": "0123abcd-99",
    "kind": "train",
    "parameters": {"rate": 0.5, "prompts": ["a", "b"], "dtype": "float32", "none": None},
    "metrics": {"loss": 1},
    "histories": {"training_loss": [[0, 2.5], [1, 2.25]]},
    "tags": {"workbench.environment": {"threads": "1"}},
    "datasets": [{"name": "puebla", "sha256": "ab" * 32, "n_rows": 200}],
    "model_name": "speak-nahuatl",
    "model_digest": "cd" * 32,
    "started": "2026-11-22T10:00:00+00:00",
}


def test_a_description_is_read_and_its_values_become_text() -> None:
    run = RunDescription.from_json(DESCRIPTION)

    assert run.name == "train-0123abcd"
    assert run.parameters == {
        "rate": "0.5",
        "prompts": '["a","b"]',
        "dtype": "float32",
        "none": "null",
    }
    assert run.metrics == {"loss": 1.0}
    assert run.histories == {"training_loss": [(0, 2.5), (1, 2.25)]}
    assert run.tags == {"workbench.environment": '{"threads":"1"}'}
    assert run.datasets == [DatasetDescription("puebla", "ab" * 32, 200)]
    assert run.started == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert run.ended is None
    assert run.has_model


@pytest.mark.parametrize("missing", ["model_name", "model_digest"])
def test_without_name_or_digest_there_is_no_model(missing: str) -> None:
    assert not RunDescription.from_json(DESCRIPTION | {missing: None}).has_model


def test_only_what_every_run_has_is_required() -> None:
    required = {name: DESCRIPTION[name] for name in ("id", "kind", "parameters", "metrics")}

    assert RunDescription.from_json(required).histories == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x' or tags.a = '"},
        {"metrics": {"loss": float("nan")}},
        {"metrics": {"loss": "high"}},
        {"metrics": None},
        {"histories": {"training_loss": [[0, float("inf")]]}},
        {"histories": {"training_loss": [[0]]}},
        {"histories": [[0, 1.0]]},
        {"datasets": [{"name": "puebla"}]},
        {"started": "yesterday"},
        {"started": "2026-11-22T10:00:00"},
    ],
)
def test_a_wrong_description_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        RunDescription.from_json(DESCRIPTION | wrong)


@pytest.mark.parametrize("missing", ["id", "kind", "parameters", "metrics"])
def test_a_missing_member_is_refused(missing: str) -> None:
    description = {name: value for name, value in DESCRIPTION.items() if name != missing}

    with pytest.raises(InvalidInputError, match=missing):
        RunDescription.from_json(description)
