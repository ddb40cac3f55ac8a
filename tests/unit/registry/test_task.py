"""What a sponsor may sign as a task."""

from fractions import Fraction
from typing import Any

import pytest

from workbench.core.canonical import canonical_bytes
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


def test_options_of_payment_are_named_only_where_they_are_chosen() -> None:
    """A task that was signed before there were any reads back to the same bytes."""
    before = TUMOUR | {"base": None, "recipe": {}, "minimum_gain_units": "0", "seed": "0"}
    assert canonical_bytes(TaskSpec.from_body(before).to_body()) == canonical_bytes(before)
    chosen = before | {
        "pay_on": "lower bound", "owner_cap": "1/2", "dispute_seconds": 86_400,
        "semivalue": "banzhaf", "gate_test_sha256": "b" * 64,
    }  # fmt: skip
    spec = TaskSpec.from_body(chosen)
    assert (spec.pay_on, spec.owner_cap) == ("lower bound", Fraction(1, 2))
    assert canonical_bytes(spec.to_body()) == canonical_bytes(chosen)
    assert (spec.dispute_seconds, spec.semivalue) == (86_400, "banzhaf")
    unchosen = {"pay_on": "value", "owner_cap": None, "dispute_seconds": 0, "semivalue": "shapley"}
    unchosen |= {"gate_test_sha256": ""}
    assert TaskSpec.from_body(before | unchosen).to_body() == before


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
        ({"gate_test_sha256": "abc"}, "gate_test_sha256"),
        ({"gate_test_sha256": ["b" * 64]}, "gate_test_sha256"),
        ({"gate_test_sha256": "a" * 64}, "the hidden test itself"),
        ({"merge": {"documents": "source"}}, "merge.documents"),
        ({"merge": {"seeds": 7}}, "merge.seeds"),
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
        ({"pay_on": "mood"}, "pays on"),
        ({"pay_on": None}, "pays on"),
        ({"dispute_seconds": -1}, "dispute_seconds"),
        ({"dispute_seconds": 366 * 86_400 + 1}, "longer than a year"),
        ({"semivalue": "beta:4,1"}, "no task pays by the semivalue"),
        ({"semivalue": None}, "no task pays by the semivalue"),
        ({"semivalue": "banzhaf", "minimum_gain_units": "1"}, "do not sum to the gain"),
        *(({"owner_cap": cap}, "owner_cap") for cap in ("2/4", "1", "3/2", "0/2", "0.5", 0.5)),
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
