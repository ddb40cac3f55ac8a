"""The table says of each metric how it is read."""

import inspect
import subprocess
import sys
from importlib.util import find_spec

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.task import KINDS
from workbench.training.metrics.table import METRICS, find_metric


def test_the_metrics_of_the_workbench() -> None:
    better = {name: metric.better for name, metric in METRICS.items()}
    assert better == {
        "accuracy": "higher",
        "macro-f1": "higher",
        "log-loss": "lower",
        "loss-per-token": "lower",
        "bits-per-byte": "lower",
        "perplexity": "lower",
        "chrf": "higher",
    }


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_a_module_and_says_what_it_takes(name: str) -> None:
    metric = METRICS[name]
    assert find_spec(f"workbench.training.metrics.{metric.key}") is not None
    assert tuple(inspect.signature(metric.statistics).parameters) == metric.inputs
    assert metric.unit
    assert metric.item
    assert metric.low < metric.high


def test_every_kind_of_task_has_a_metric() -> None:
    assert set(KINDS) <= {kind for metric in METRICS.values() for kind in metric.kinds}


def test_names_may_have_underscores() -> None:
    assert find_metric("macro_f1") is METRICS["macro-f1"]


def test_an_unknown_metric_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInputError, match="no metric is 'bleu'") as refused:
        find_metric("bleu")
    assert "chrf" in refused.value.wanted


def test_measuring_loads_neither_evaluate_nor_torch() -> None:
    code = "import sys, workbench.training.metrics.items; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"evaluate", "datasets", "torch", "transformers", "sklearn"}.isdisjoint(loaded)
