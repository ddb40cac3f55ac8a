"""What a sponsor may sign as a task."""

from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.task import TaskSpec

TUMOUR: dict[str, Any] = {
    "id": "tumour",
    "title": "Tell benign from malignant",
    "kind": "tabular-classification",
    "metric": "accuracy",
    "licenses": ["CC-BY-4.0"],
    "hidden_test_sha256": "a" * 64,
    "classes": ["benign", "malignant"],
    "n_features": 30,
}


def test_a_task_reads_back_as_it_was_signed() -> None:
    spec = TaskSpec.from_body(TUMOUR | {"seed": "9007199254740993"})

    assert spec.seed == 9007199254740993
    assert TaskSpec.from_body(spec.to_body()) == spec


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": "Tumour!"}, "task id"),
        ({"id": "../tumour"}, "task id"),
        ({"kind": "regression"}, "task kind"),
        ({"metric": "vibes"}, "measured by"),
        ({"licenses": []}, "no licence"),
        ({"licenses": "CC-BY-4.0"}, "licenses"),
        ({"hidden_test_sha256": "abc"}, "digest"),
        ({"classes": ["benign"]}, "classes"),
        ({"classes": ["benign", "benign"]}, "classes"),
        ({"n_features": 0}, "features"),
        ({"n_features": True}, "n_features"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"recipe": []}, "recipe"),
        ({"base": {"name": "x"}}, "base"),
        ({"title": ""}, "title"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        TaskSpec.from_body(TUMOUR | change)


@pytest.mark.parametrize("field", ["id", "title", "kind", "metric", "licenses"])
def test_a_missing_field_is_refused_by_name(field: str) -> None:
    with pytest.raises(InvalidInputError, match=field):
        TaskSpec.from_body({k: v for k, v in TUMOUR.items() if k != field})


def test_a_language_model_task_names_its_base() -> None:
    body = TUMOUR | {"kind": "causal-lm", "metric": "negative loss per token"}

    with pytest.raises(InvalidInputError, match="base model"):
        TaskSpec.from_body(body)
