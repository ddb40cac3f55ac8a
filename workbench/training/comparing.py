"""How sure a difference between models on one hidden test is."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from workbench.training.parameters import Parameters
from workbench.training.resampling import percentiles, resampled_sums

BASE_LABEL: Final = "base"


class CompareParameters(Parameters):
    """How to compare.

    Attributes
    ----------
    models : what people call them, in order; ``"base"`` is the model that nobody trained.
    trained : the parameters with which the others were trained.
    n_resamples : of the bootstrap.
    confidence : of the intervals.
    """

    models: list[str] = Field(min_length=1, max_length=8)
    trained: dict[str, Any] = Field(default_factory=dict)
    n_resamples: int = Field(default=2000, ge=100, le=100_000)
    confidence: float = Field(default=0.95, gt=0, lt=1)

    @field_validator("models")
    @classmethod
    def _models_differ(cls, models: list[str]) -> list[str]:
        if len(set(models)) < len(models):
            raise ValueError("a model is named twice")
        return models


def compare_losses(
    totals: Mapping[str, NDArray[np.float64]],
    weights: NDArray[np.int64],
    parameters: CompareParameters,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Compare models by a paired bootstrap over the rows of one test.

    Rows are drawn with replacement, the same rows for every model, so that what makes a row
    hard for all cancels from the differences. With few rows the intervals are too narrow.

    Parameters
    ----------
    totals
        Model → loss summed over each row's parts, in nats, shape (n_rows,). Differences are
        taken from the first model.
    weights
        The number of parts (tokens) of each row, at least 1, shape (n_rows,).
    parameters
        Resamples and confidence.
    rng
        Draws the rows.

    Returns
    -------
    list of dict
        For each model ``model``, ``loss`` a part, its interval ``low`` and ``high``;
        ``difference`` (loss minus the first's), its interval, and the two-sided ``p`` of no
        difference; these four are None for the first model.

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 15.
    """
    columns = np.column_stack([weights, *totals.values()])
    weight, *sums = resampled_sums(columns, parameters.n_resamples, rng).T
    resampled = {name: total / weight for name, total in zip(totals, sums, strict=True)}
    first, *_ = totals
    table = []
    for name, total in totals.items():
        low, high = percentiles(resampled[name], parameters.confidence)
        line: dict[str, Any] = {"model": name, "loss": float(total.sum() / weights.sum())}
        line |= {"low": low, "high": high}
        line |= dict.fromkeys(("difference", "difference_low", "difference_high", "p"))
        if name != first:
            differences = resampled[name] - resampled[first]
            low, high = percentiles(differences, parameters.confidence)
            line["difference"] = float((total - totals[first]).sum() / weights.sum())
            line |= {"difference_low": low, "difference_high": high}
            line["p"] = two_sided_p(differences)
        table.append(line)
    return table


def two_sided_p(differences: NDArray[np.float64]) -> float:
    """Return the share of resamples on the rarer side of no difference, twice; at most 1.

    One is added above and below: a bootstrap never proves a probability of 0.
    """
    n_resamples = len(differences)
    rarer = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (rarer + 1) / (n_resamples + 1))
