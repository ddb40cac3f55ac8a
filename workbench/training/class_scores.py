"""What scores of classes are worth on the hidden test, for many coalitions at once.

A coalition's numbers never depend on which others are computed beside it: everything here is
elementwise, and sums are taken in an order that is written down.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Metric = Literal["log-likelihood", "accuracy"]

EVEN_SHARE: Final = 0.01
"""The share of every prediction that is spread evenly over the task's classes.

It bounds a test row's loss by ln(n_classes / share), so that no single row decides a utility,
and gives classes that the rows never showed a probability above 0.
"""


def uniform_utility(n_classes: int, metric: Metric) -> float:
    """Return what the empty coalition is worth: every class of the task is as likely."""
    return 1 / n_classes if metric == "accuracy" else -float(np.log(n_classes))


def row_utilities(
    scores: NDArray[np.float64],
    present: NDArray[np.int64],
    labels: NDArray[np.int64],
    n_classes: int,
    metric: Metric,
) -> NDArray[np.float64]:
    """Return each test row's utility, shape (n_coalitions, n_rows).

    Parameters
    ----------
    scores
        Shape (n_coalitions, n_present, n_rows); probabilities are their softmax.
    present
        The classes that were scored, ascending; the others share ``EVEN_SHARE`` only.
    labels
        The rows' true classes, places in the task's classes.
    n_classes
        Of the task.
    metric
        ``log-likelihood``: the log-probability of the row's own label, in nats.
        ``accuracy``: 1 if its class has the highest score; k-way ties count 1/k.
    """
    known = np.isin(labels, present)
    # A label that was not scored reads the first class's numbers and is masked below.
    place = np.where(known, np.searchsorted(present, labels), 0)
    rows = np.arange(len(labels))
    top = scores[:, 0].copy()
    for k in range(1, len(present)):
        np.maximum(top, scores[:, k], out=top)
    if metric == "accuracy":
        best = scores == top[:, None]
        return np.asarray(best[:, place, rows] * known / best.sum(axis=1), dtype=np.float64)
    odds = np.exp(scores - top[:, None])
    total = odds[:, 0].copy()
    for k in range(1, len(present)):
        total += odds[:, k]
    shares = EVEN_SHARE / n_classes + (1 - EVEN_SHARE) * known * (odds[:, place, rows] / total)
    return np.asarray(np.log(shares), dtype=np.float64)


def block_means(
    rows: NDArray[np.float64], n_blocks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of each row of a matrix, and the means of its interleaved blocks.

    Parameters
    ----------
    rows
        Shape (n_coalitions, n_rows).
    n_blocks
        Block b holds the columns b, b + n_blocks, …; at most n_rows.

    Returns
    -------
    tuple of arrays
        Shapes (n_coalitions,) and (n_coalitions, n_blocks).
    """
    n_rows = rows.shape[1]
    sums = np.zeros((len(rows), n_blocks))
    # Numpy's own sums choose their order by the shape of the whole array.
    for first in range(0, n_rows, n_blocks):
        part = rows[:, first : first + n_blocks]
        sums[:, : part.shape[1]] += part
    total = np.zeros(len(rows))
    for block in range(n_blocks):
        total += sums[:, block]
    counts = (n_rows - np.arange(n_blocks) + n_blocks - 1) // n_blocks
    return total / n_rows, sums / counts
