"""The metrics there are, and what each of them means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.metrics import classification, likelihood, ngrams


@dataclass(frozen=True)
class Metric:
    """One metric: how it is computed and how it is read.

    Attributes
    ----------
    name : lower case with hyphens; its module for ``evaluate`` has underscores instead.
    better : which scores are better.
    unit : of a score.
    low, high : between which scores lie.
    item : what one item is.
    kinds : of tasks that it measures.
    inputs : names of what `statistics` takes, one value an item.
    statistics : numbers of each item, shape (n_items, n_statistics).
    aggregate : scores of sums of statistics, over the last axis; the sum of one item's is that
        item's own score.
    test : of a difference between two models. ``"mcnemar"`` is for items that are right or not,
        ``"sign-flip"`` for means over the same parts of each item and what grows with them;
        where neither holds, ``"bootstrap"``.
    """

    name: str
    better: Literal["higher", "lower"]
    unit: str
    low: float
    high: float
    item: str
    kinds: tuple[str, ...]
    inputs: tuple[str, ...]
    statistics: Callable[..., NDArray[np.float64] | NDArray[np.int64]]
    aggregate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    test: Literal["mcnemar", "sign-flip", "bootstrap"]

    @property
    def key(self) -> str:
        """The name as modules and results of ``evaluate`` write it."""
        return self.name.replace("-", "_")


_CLASSIFIED: Final = ("tabular-classification", "text-classification")
_WRITTEN: Final = ("causal-lm", "translation")

METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric(
            name="accuracy",
            better="higher",
            unit="share of items",
            low=0,
            high=1,
            item="a row with one class",
            kinds=_CLASSIFIED,
            inputs=("predictions", "references"),
            statistics=classification.count_right,
            aggregate=classification.accuracy,
            test="mcnemar",
        ),
        Metric(
            name="macro-f1",
            better="higher",
            unit="mean F1 of the classes",
            low=0,
            high=1,
            item="a row with one class",
            kinds=_CLASSIFIED,
            inputs=("predictions", "references"),
            statistics=classification.count_classes,
            aggregate=classification.macro_f1,
            test="bootstrap",
        ),
        Metric(
            name="log-loss",
            better="lower",
            unit="nats an item",
            low=0,
            high=-float(np.log(np.finfo(np.float64).eps)),
            item="a row with one class",
            kinds=_CLASSIFIED,
            inputs=("probabilities", "references"),
            statistics=classification.label_losses,
            aggregate=classification.mean_loss,
            test="sign-flip",
        ),
        Metric(
            name="loss-per-token",
            better="lower",
            unit="nats a token",
            low=0,
            high=likelihood.MAX_NATS,
            item="a text",
            kinds=_WRITTEN,
            inputs=("nats", "n_tokens"),
            statistics=likelihood.nats_and_tokens,
            aggregate=likelihood.loss_per_token,
            test="sign-flip",
        ),
        Metric(
            name="bits-per-byte",
            better="lower",
            unit="bits a byte of UTF-8",
            low=0,
            high=float("inf"),
            item="a text",
            kinds=_WRITTEN,
            inputs=("nats", "n_bytes"),
            statistics=likelihood.nats_and_bytes,
            aggregate=likelihood.bits_per_byte,
            test="sign-flip",
        ),
        Metric(
            name="perplexity",
            better="lower",
            unit="equally likely tokens",
            low=1,
            high=float("inf"),
            item="a text",
            kinds=_WRITTEN,
            inputs=("nats", "n_tokens"),
            statistics=likelihood.nats_and_tokens,
            aggregate=likelihood.perplexity,
            test="sign-flip",
        ),
        Metric(
            name="chrf",
            better="higher",
            unit="chrF2, of 100",
            low=0,
            high=100,
            item="a text with references",
            kinds=("translation",),
            inputs=("predictions", "references"),
            statistics=ngrams.count_ngrams,
            aggregate=ngrams.chrf,
            test="bootstrap",
        ),
    )
}
"""Every metric by its name."""


def find_metric(name: str) -> Metric:
    """Return a metric by its name, with hyphens or underscores.

    Raises
    ------
    InvalidInputError
        If there is none of that name.
    """
    metric = METRICS.get(name.replace("_", "-"))
    if metric is None:
        raise InvalidInputError(f"no metric is {name!r}", wanted=" or ".join(METRICS))
    return metric


def check_inputs(metric: Metric, inputs: Mapping[str, Any]) -> None:
    """Refuse names that the metric does not take, and the absence of those it does.

    Raises
    ------
    InvalidInputError
        With the names.
    """
    if set(inputs) != set(metric.inputs):
        raise InvalidInputError(
            f"{metric.name} was given {', '.join(sorted(inputs)) or 'nothing'}",
            wanted=" and ".join(metric.inputs),
        )
