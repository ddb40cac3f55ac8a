"""How models compare on one hidden test: together, by slices of it, and item by item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from pydantic import Field, field_validator

from workbench.core.errors import InvalidInputError
from workbench.core.seeds import derive_seed
from workbench.training.hidden_items import HiddenItems
from workbench.training.metrics.items import MeasuredItems, bootstrap_interval, by_slice
from workbench.training.metrics.paired import measure_all, pair_difference
from workbench.training.metrics.table import METRICS
from workbench.training.parameters import Parameters

BASE_LABEL: Final = "base"
MAX_MODELS: Final = 32
MAX_SLICES: Final = 40
"""Of one property; items of smaller slices are put together."""

N_DISAGREEMENTS: Final = 10
"""Items shown of each pair of models and each direction."""

_PAIR: Final = ("difference", "difference_low", "difference_high", "p", "test", "verdict")


class CompareParameters(Parameters):
    """How to compare.

    Attributes
    ----------
    models : what people call them, in order; ``"base"`` is the model that nobody trained.
    trained : the parameters with which the others were trained.
    n_resamples : of the bootstrap.
    confidence : of the intervals, and of being called better or worse.
    """

    models: list[str] = Field(min_length=1, max_length=MAX_MODELS)
    trained: dict[str, Any] = Field(default_factory=dict)
    n_resamples: int = Field(default=2000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0, lt=1)

    @field_validator("models")
    @classmethod
    def _models_differ(cls, models: list[str]) -> list[str]:
        if len(set(models)) < len(models):
            raise ValueError("a model is named twice")
        return models


def compare_models(
    kind: str,
    answers: Mapping[str, Mapping[str, Any]],
    items: HiddenItems,
    parameters: CompareParameters,
    seed: int,
    *,
    main: str,
    sliced: Sequence[str] = (),
) -> dict[str, Any]:
    """Compare models by every metric of their kind of task, on the same items.

    Items that are alike, rows of one document for example, count as independent: intervals are
    too narrow then, and p too small; so are intervals of few items. Each p is of its pair alone:
    of 20 models as good as the first, one is called better or worse.

    Parameters
    ----------
    kind
        Of the task.
    answers
        Model → what metrics take, one value an item; the first model is what others are held
        against.
    items
        Names of the items.
    parameters
        Resamples and confidence.
    seed
        Of all that is drawn; what is drawn for one pair depends on no other.
    main
        The metric by which models are ranked and items disagreed on; a loss.
    sliced
        More metrics by which slices are scored, beside the main one.

    Returns
    -------
    dict
        ``scores``: a line a model and metric, the main metric first, with ``score``, its
        interval ``low`` and ``high``, and held against the first model ``difference`` (score
        less the first's), its interval, ``p``, the ``test`` and the ``verdict`` (None for the
        first). ``rows``: the main metric's lines, with ``loss`` for the score. ``metrics``: how
        each is read. ``slices``: the same lines for items with something in common.
        ``disagreements``: for each model the items whose main score differs most from the
        first's, at most ten each way, by place and digest alone. ``n_rows``: items.
        ``confidence``: of intervals and verdicts.

    Raises
    ------
    InvalidInputError
        Answers are not about these items, or are none that a metric takes.
    """
    measured = {model: measure_all(kind, given) for model, given in answers.items()}
    for model, found in measured.items():
        for name, one in found.items():
            if one.n_items != len(items.digests):
                raise InvalidInputError(
                    f"{model!r} has {one.n_items} items by {name}, the test {len(items.digests)}",
                    wanted="one answer an item of the test, in its order",
                )
    first = measured[next(iter(measured))]
    # Only what every model is measured by can be compared.
    names = [main, *(n for n in first if n != main and all(n in m for m in measured.values()))]
    by_metric = {n: {model: found[n] for model, found in measured.items()} for n in names}
    scores = [
        line | {"metric": name}
        for name, every in by_metric.items()
        for line in _lines(every, parameters, [seed, name])
    ]
    shared = ("low", "high", *_PAIR)
    return {
        "rows": [
            {"model": line["model"], "loss": line["score"]} | {name: line[name] for name in shared}
            for line in scores
            if line["metric"] == main
        ],
        "scores": scores,
        "metrics": [
            {"metric": name, "unit": METRICS[name].unit, "better": METRICS[name].better}
            for name in names
        ],
        "slices": [
            line
            for name in (main, *sliced)
            for line in _slices(name, by_metric[name], items, parameters, seed)
        ],
        "disagreements": _disagreements(by_metric[main], items),
        "n_rows": len(items.digests),
        "confidence": parameters.confidence,
    }


def _lines(
    every: Mapping[str, MeasuredItems], parameters: CompareParameters, seed: list[Any]
) -> list[dict[str, Any]]:
    options: dict[str, Any] = {
        "n_resamples": parameters.n_resamples,
        "confidence": parameters.confidence,
    }
    first = next(iter(every))
    lines = []
    for model, measured in every.items():
        interval = bootstrap_interval(measured, _rng([*seed, model]), **options)
        line: dict[str, Any] = {"model": model, "score": interval.score}
        line |= {"low": interval.low, "high": interval.high} | dict.fromkeys(_PAIR)
        if model != first:
            # Sorted: who is held against whom changes no draw.
            rng = _rng([*seed, *sorted([first, model])])
            found = pair_difference(every[first], measured, rng, **options)
            sure = found.p < 1 - parameters.confidence and found.better is not None
            line |= {"difference": found.difference, "p": found.p, "test": found.test}
            line |= {"difference_low": found.low, "difference_high": found.high}
            line["verdict"] = ("better" if found.better else "worse") if sure else "no difference"
        lines.append(line)
    return lines


def _rng(parts: list[Any]) -> np.random.Generator:
    return np.random.default_rng(derive_seed("compare", *map(str, parts)))


def _slices(
    name: str,
    every: Mapping[str, MeasuredItems],
    items: HiddenItems,
    parameters: CompareParameters,
    seed: int,
) -> list[dict[str, Any]]:
    # One value alone is the whole test once more.
    properties = {
        by: _largest(values) for by, values in items.properties.items() if len(set(values)) > 1
    }
    table = []
    cut = {model: by_slice(measured, properties) for model, measured in every.items()}
    for parts in zip(*cut.values(), strict=True):
        by, value = parts[0].by, parts[0].value
        chosen = {model: part.items for model, part in zip(cut, parts, strict=True)}
        named = {"by": by, "value": value, "n_items": parts[0].items.n_items, "metric": name}
        lines = _lines(chosen, parameters, [seed, name, by, value])
        table += [named | line for line in lines]
    return table


def _largest(values: Sequence[str]) -> list[str]:
    counts = Counter(values)
    if len(counts) <= MAX_SLICES:
        return list(values)
    order = sorted(counts, key=lambda value: (-counts[value], value))
    kept = set(order[: MAX_SLICES - 1])
    rest = f"{len(counts) - len(kept)} others"
    return [value if value in kept else rest for value in values]


def _disagreements(every: Mapping[str, MeasuredItems], items: HiddenItems) -> list[dict[str, Any]]:
    first, *others = every
    before = every[first].per_item
    table = []
    for model in others:
        after = every[model].per_item
        difference = after - before
        order = np.argsort(difference, kind="stable")
        down = [k for k in order[:N_DISAGREEMENTS].tolist() if difference[k] < 0]
        up = [k for k in order[::-1][:N_DISAGREEMENTS].tolist() if difference[k] > 0]
        table += [
            {
                "model": model,
                "item": items.places[k],
                "digest": items.digests[k],
                "first_score": float(before[k]),
                "score": float(after[k]),
                "difference": float(difference[k]),
            }
            for k in [*down, *up]
        ]
    return table
