"""Scores of items: together, one by one, in pairs of models, and by slices of the test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.registry.resampling import percentiles, resampled_sums, two_sided_p
from workbench.training.metrics.checks import check_any
from workbench.training.metrics.table import Metric, check_inputs, find_metric


@dataclass(frozen=True, eq=False)
class MeasuredItems:
    """What one model did on the items of a test, as one metric sees it.

    Attributes
    ----------
    metric : how the items are scored.
    statistics : of each item, shape (n_items, n_statistics); their sum gives the score.
    """

    metric: Metric
    statistics: NDArray[np.float64] | NDArray[np.int64]

    @property
    def n_items(self) -> int:
        """How many items there are; at least 1."""
        return len(self.statistics)

    @property
    def score(self) -> float:
        """The score of all items together.

        Items are added smallest statistics first: their order changes nothing, to the bit.
        """
        return float(self.metric.aggregate(_ordered(self.statistics).sum(axis=0)))

    @property
    def per_item(self) -> NDArray[np.float64]:
        """The score of each item by itself, shape (n_items,).

        Their mean is the score for accuracy and log-loss only.
        """
        return self.metric.aggregate(self.statistics.astype(np.float64))

    def take(self, places: NDArray[np.int64]) -> "MeasuredItems":
        """Return some of the items, by their places from 0.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        chosen = self.statistics[places]
        check_any(chosen, "the choice")
        return MeasuredItems(self.metric, chosen)


@dataclass(frozen=True)
class Interval:
    """Where a score lies: between ``low`` and ``high`` with ``confidence``."""

    score: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class Difference:
    """How much better or worse another model is than a first, on the same items.

    Attributes
    ----------
    difference : the other's score minus the first's.
    low, high : the interval of that difference.
    p : two-sided, of no difference.
    test : by which p was found.
    better : whether the difference is to the good; None where it is 0.
    """

    difference: float
    low: float
    high: float
    p: float
    test: str
    better: bool | None


@dataclass(frozen=True, eq=False)
class Slice:
    """The items of a test that have something in common.

    Attributes
    ----------
    by : what items are told apart by, ``"language"`` for example.
    value : what these have in common, ``"nah"`` for example.
    items : they.
    """

    by: str
    value: str
    items: MeasuredItems

    def to_row(self) -> dict[str, Any]:
        """Return ``by``, ``value``, ``n_items`` and ``score``, as a line of a table."""
        row: dict[str, Any] = {"by": self.by, "value": self.value}
        return row | {"n_items": self.items.n_items, "score": self.items.score}


def measure(metric: str, **inputs: Any) -> MeasuredItems:
    """Measure a model's answers.

    Parameters
    ----------
    metric
        A name in ``table.METRICS``.
    **inputs
        What that metric takes, one value an item.

    Raises
    ------
    InvalidInputError
        If no metric has the name, its inputs are others, there is no item, or a value cannot
        be.

    Examples
    --------
    >>> items = measure("macro-f1", predictions=[0, 1, 1], references=[0, 1, 0])
    >>> round(items.score, 3), items.per_item.tolist()
    (0.667, [1.0, 1.0, 0.0])
    """
    found = find_metric(metric)
    check_inputs(found, inputs)
    return MeasuredItems(found, found.statistics(**inputs))


def bootstrap_interval(
    items: MeasuredItems,
    rng: np.random.Generator,
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Return how far the score would move on other items like these.

    Items are drawn with replacement and the score is computed anew from what was drawn: no
    mean of items' scores stands in for it. Items that are alike, rows of one document for
    example, count as independent here, and the interval is too narrow then; so it is with few
    items. One item has no width.

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", 13.3.
    """
    _check_resampling(n_resamples, confidence)
    sums = resampled_sums(_ordered(items.statistics), n_resamples, rng)
    low, high = percentiles(items.metric.aggregate(sums), confidence)
    return Interval(items.score, low, high, confidence)


def bootstrap_difference(
    first: MeasuredItems,
    other: MeasuredItems,
    rng: np.random.Generator,
    *,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Difference:
    """Compare two models on the same items, in the same order.

    The same items are drawn for both, so that what makes an item hard for all cancels.

    Raises
    ------
    InvalidInputError
        If metrics or numbers of items differ.
    """
    _check_resampling(n_resamples, confidence)
    if first.metric != other.metric or first.n_items != other.n_items:
        raise InvalidInputError(
            f"one model has {first.n_items} items by {first.metric.name}, the other "
            f"{other.n_items} by {other.metric.name}",
            wanted="the same metric and the same items of both",
        )
    width = max(first.statistics.shape[1], other.statistics.shape[1])
    both = _ordered(np.hstack([_widened(each.statistics, width) for each in (first, other)]))
    sums = resampled_sums(both, n_resamples, rng)
    aggregate = first.metric.aggregate
    differences = aggregate(sums[:, width:]) - aggregate(sums[:, :width])
    low, high = percentiles(differences, confidence)
    # From the pairs in their one order, so that equal models differ by 0.
    total = both.sum(axis=0)
    difference = float(aggregate(total[width:]) - aggregate(total[:width]))
    better = (difference > 0) == (first.metric.better == "higher") if difference else None
    test = f"paired bootstrap, {n_resamples:,} draws"
    return Difference(difference, low, high, two_sided_p(differences), test, better)


def by_slice(items: MeasuredItems, slices: Mapping[str, Sequence[str]]) -> list[Slice]:
    """Return the items told apart by each of some properties.

    Parameters
    ----------
    items
        Of a whole test.
    slices
        For each property (``"owner"``, ``"language"``, ``"document"``) its value of every item.

    Returns
    -------
    list of Slice
        Properties as given, the values of each in alphabetical order. The items of one property
        are all items, each once.

    Raises
    ------
    InvalidInputError
        If a property has values of more or fewer items, or a value is no text.
    """
    table = []
    for by, values in slices.items():
        if len(values) != items.n_items:
            raise InvalidInputError(
                f"{by!r} has {len(values)} values and the test {items.n_items} items",
                wanted="one value an item, in the same order",
            )
        places: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            if not isinstance(value, str):
                raise InvalidInputError(
                    f"{by!r} of item {place} is {value!r}",
                    wanted='a text; "unknown" for example where nobody knows',
                )
            places.setdefault(value, []).append(place)
        table += [Slice(by, value, items.take(np.array(places[value]))) for value in sorted(places)]
    return table


def _check_resampling(n_resamples: int, confidence: float) -> None:
    if n_resamples < 100 or not 0 < confidence < 1:
        raise InvalidInputError(
            f"n_resamples is {n_resamples} and confidence {confidence}",
            wanted="at least 100 resamples and a confidence between 0 and 1",
        )


def _ordered(statistics: NDArray[Any]) -> NDArray[Any]:
    """Return the rows in one order: neither sums nor draws then depend on how they came."""
    return statistics[np.lexsort(statistics.T[::-1])]


def _widened(statistics: NDArray[Any], width: int) -> NDArray[Any]:
    """Return the statistics with zeros for classes that only the other model said."""
    return np.pad(statistics, ((0, 0), (0, width - statistics.shape[1])))
