"""What a single fit without steps will cost, from fits on two shares of its rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from workbench.registry.prediction import MARGIN, Limits, Prediction, larger, middle, round_up

ANY_SIZE: Final = "any size"
"""Quick, standard and thorough are the same fit."""

FIT_GROWTH: Final = (1.0, 2.0)
"""Least and greatest exponent of a fit's seconds in its rows: no estimator of the allow list does
more than compare all pairs.
"""

SCORE_GROWTH: Final = (0.0, 1.0)
"""The same of scoring: it asks nothing of the training rows, or looks at each of them."""


@dataclass(frozen=True)
class MeasuredFit:
    """What was measured of a fit without steps on this machine; seconds are wall time.

    The recipes ``tabular-measure`` and ``text-classification-measure`` measure it.

    Attributes
    ----------
    load_seconds : until rows and base model are in memory.
    text_seconds : of one text's features, a group each; empty if all were cached.
    uncached_texts : whose features nobody has computed yet, of the hidden test too.
    sampled_rows : of the two fits, the smaller one first.
    fit_seconds : of each.
    score_seconds : of each one's scores on the whole hidden test.
    n_rows : of the fit to predict.
    peak_bytes : most resident memory, of the larger fit.
    row_bytes : what each row of a larger fit adds to it.
    """

    load_seconds: float
    text_seconds: Sequence[float]
    uncached_texts: int
    sampled_rows: Sequence[int]
    fit_seconds: Sequence[float]
    score_seconds: Sequence[float]
    n_rows: int
    peak_bytes: int
    row_bytes: int

    @classmethod
    def from_result(cls, result: Mapping[str, Any]) -> Self:
        """Read the recipe's result."""
        return cls(**{name: result[name] for name in cls.__dataclass_fields__})


def predict_fit(measured: MeasuredFit, limits: Limits) -> Prediction:
    """Predict the cost of the fit on all rows, and say which setting would fit if it does not.

    Time is loading + uncached texts · seconds a text + the fit + its scores. Fit and scores
    grow with the rows as they did between the two shares; the range holds the least and the
    most that they can grow.
    """
    text = measured.text_seconds or [0.0]
    fit, fit_low, fit_high = grown(
        measured.sampled_rows, measured.fit_seconds, measured.n_rows, FIT_GROWTH
    )
    score, score_low, score_high = grown(
        measured.sampled_rows, measured.score_seconds, measured.n_rows, SCORE_GROWTH
    )
    n_texts = measured.uncached_texts
    seconds = measured.load_seconds + n_texts * middle(text) + fit + score
    low = (n_texts * min(text) + fit_low + score_low) / MARGIN
    high = MARGIN * (measured.load_seconds + n_texts * max(text) + fit_high + score_high)
    unread = max(measured.n_rows - measured.sampled_rows[-1], 0)
    memory = measured.peak_bytes + unread * measured.row_bytes
    reasons = []
    if seconds > limits.seconds:
        reasons.append(
            f"it takes about {seconds:,.0f} s and a job may take {limits.seconds:,.0f} s: "
            f"the rows of fewer owners, or WORKBENCH_JOB_SECONDS={round_up(seconds)}"
        )
    if memory > limits.memory_bytes:
        reasons.append(larger(memory, limits, "the rows of fewer owners"))
    return Prediction(ANY_SIZE, None, seconds, low, high, memory, not reasons, "; ".join(reasons))


def grown(
    sampled: Sequence[int], seconds: Sequence[float], n_rows: int, bounds: tuple[float, float]
) -> tuple[float, float, float]:
    """Return the seconds of all rows as expected, at the least and at the most.

    Seconds are taken to be a power of the rows, whose exponent follows from two samples. What a
    fit costs whatever its rows hides the growth of small ones: so at the least all rows take as
    long as the larger sample, and at the most they grow by the greatest exponent.

    Parameters
    ----------
    sampled : two numbers of rows, the smaller one first.
    seconds : of each, above 0.
    n_rows : to predict, no fewer than the samples.
    bounds : of the exponent.

    Examples
    --------
    >>> grown([100, 200], [1.0, 2.0], 400, (1.0, 2.0))
    (4.0, 2.0, 8.0)
    """
    least, most = bounds
    found = least
    if sampled[1] > sampled[0]:
        found = math.log(seconds[1] / seconds[0]) / math.log(sampled[1] / sampled[0])
    times = n_rows / sampled[1]
    exponent = min(max(found, least), most)
    return seconds[1] * times**exponent, seconds[1], seconds[1] * times**most
