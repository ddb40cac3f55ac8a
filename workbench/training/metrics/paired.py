"""Whether two models differ by a metric, tested as that metric allows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from workbench.core.errors import InvalidInputError
from workbench.registry.paired_tests import PairedTest, mcnemar_exact, sign_flip_test
from workbench.training.metrics.items import (
    Difference,
    MeasuredItems,
    bootstrap_difference,
    measure,
)
from workbench.training.metrics.table import METRICS


def measure_all(kind: str, answers: Mapping[str, Any]) -> dict[str, MeasuredItems]:
    """Return what every metric of a kind of task sees in a model's answers.

    Parameters
    ----------
    kind
        Of the task.
    answers
        What metrics take, one value an item; metrics of which an input is missing are left out.

    Raises
    ------
    InvalidInputError
        No metric of the kind can be computed, or a value cannot be.
    """
    found = {
        metric.name: measure(metric.name, **{name: answers[name] for name in metric.inputs})
        for metric in METRICS.values()
        if kind in metric.kinds and set(metric.inputs) <= set(answers)
    }
    if not found:
        raise InvalidInputError(
            f"no metric of {kind} is computed from {', '.join(sorted(answers)) or 'nothing'}",
            wanted="; ".join(
                f"{metric.name}: {' and '.join(metric.inputs)}"
                for metric in METRICS.values()
                if kind in metric.kinds
            ),
        )
    return found


def pair_difference(
    first: MeasuredItems,
    other: MeasuredItems,
    rng: np.random.Generator,
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Difference:
    """Compare two models on the same items: interval by the bootstrap, p by an exact test.

    Accuracy is tested by McNemar's test and means of losses by flipping signs; where neither
    fits, and where two tokenizers cut the items differently, p is the paired bootstrap's.

    Raises
    ------
    InvalidInputError
        As ``bootstrap_difference``.
    """
    found = bootstrap_difference(first, other, rng, n_resamples=n_resamples, confidence=confidence)
    tested = _exact_test(first, other, rng)
    return found if tested is None else replace(found, p=tested.p, test=str(tested))


def _exact_test(
    first: MeasuredItems, other: MeasuredItems, rng: np.random.Generator
) -> PairedTest | None:
    if first.metric.test == "mcnemar":
        before, after = first.statistics[:, 0] > 0, other.statistics[:, 0] > 0
        return mcnemar_exact(int((before & ~after).sum()), int((after & ~before).sum()))
    parts_agree = np.array_equal(first.statistics[:, 1:], other.statistics[:, 1:])
    if first.metric.test == "sign-flip" and parts_agree:
        return sign_flip_test(other.statistics[:, 0] - first.statistics[:, 0], rng)
    return None
