"""Which of several models is best, as far as their intervals settle it."""

from collections.abc import Mapping, Sequence
from typing import Any


def rank_models(lines: Sequence[Mapping[str, Any]], better: str) -> list[dict[str, Any]]:
    """Return a comparison's lines with their ``rank``, best first.

    A rank is one more than the number of models whose whole interval is better: models whose
    intervals overlap share one.

    Parameters
    ----------
    lines : one a model by one metric, with ``score``, ``low`` and ``high``.
    better : ``lower`` or ``higher``.

    Examples
    --------
    >>> lines = [{"score": 2.0, "low": 1.8, "high": 2.2}, {"score": 1.0, "low": 0.9, "high": 1.1}]
    >>> [(line["rank"], line["score"]) for line in rank_models(lines, "lower")]
    [(1, 1.0), (2, 2.0)]
    """
    sign = 1 if better == "lower" else -1
    # Turned so that less is better, whatever the metric.
    ends = [sorted((sign * line["low"], sign * line["high"])) for line in lines]
    table = [
        {"rank": 1 + sum(high < low for _, high in ends)} | dict(line)
        for line, (low, _) in zip(lines, ends, strict=True)
    ]
    return sorted(table, key=lambda line: (line["rank"], sign * line["score"]))
