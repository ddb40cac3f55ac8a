"""Two shares of a job's rows, on which a classifier is really fitted to learn what it costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.tabular_model import TabularModel, fit
from workbench.training.tabular_rows import Table, TabularParameters

MOST_ROWS: Final = 4096
"""Rows that a fit is measured on, at most; twice as many as of the hidden test."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """Which rows a fit is measured on.

    Attributes
    ----------
    order : places of the larger share's rows; the smaller share is its beginning.
    sizes : rows of the smaller and of the larger share.
    """

    order: Places
    sizes: tuple[int, int]

    @classmethod
    def of(cls, labels: NDArray[np.int64], seed: int) -> "Shares":
        """Choose a quarter of the rows and a half, each with rows of every class there is.

        Of many rows they are ``MOST_ROWS`` and half as many, so that measuring stays short.

        Parameters
        ----------
        labels : of all rows, int64 (n_rows,).
        seed : decides which rows.
        """
        drawn = _draw(len(labels), seed)
        _, first = np.unique(labels[drawn], return_index=True)
        # A share of one class only would have nothing to fit.
        order = np.concatenate([drawn[np.sort(first)], np.delete(drawn, first)])
        half = min(len(labels) // 2, MOST_ROWS)
        small = max(half // 2, len(first))
        large = max(half, min(2 * len(first), len(labels)))
        return cls(order[:large], (small, large))


@dataclass(frozen=True)
class Fitted:
    """What the fits on both shares took.

    Attributes
    ----------
    warm_seconds : of a first small fit, which loads what all of them need.
    fit_seconds, score_seconds : of each share.
    """

    warm_seconds: float
    fit_seconds: list[float]
    score_seconds: list[float]


def draw_half(n_rows: int, seed: int) -> Places:
    """Return the places of half of a test's rows, which seed and number alone decide."""
    return _draw(n_rows, seed)[: min((n_rows + 1) // 2, MOST_ROWS // 2)]


def part_of(table: Table, places: Places) -> Table:
    """Return some rows of a table, in the order of the places."""
    return Table(table.features[places], table.labels[places])


def fit_shares(
    context: JobContext,
    table: Table,
    sizes: tuple[int, int],
    parameters: TabularParameters,
    score: Callable[[TabularModel], object],
) -> Fitted:
    """Fit and score a classifier on each share of the rows.

    Parameters
    ----------
    context : whose seed the fits have, and who may cancel.
    table : the larger share, in the order of the shares.
    sizes : of the shares.
    parameters : of the classifier.
    score : measures a classifier as the fine-tune would.
    """
    n_classes = len(np.unique(table.labels))
    fit_seconds, score_seconds = [], []
    for n_rows in (max(sizes[0] // 4, n_classes), *sizes):
        context.check_cancelled()
        began = time.perf_counter()
        model = fit(part_of(table, np.arange(n_rows)), parameters, context.spec.seed)
        fitted = time.perf_counter()
        score(model)
        fit_seconds.append(fitted - began)
        score_seconds.append(time.perf_counter() - fitted)
    return Fitted(fit_seconds[0] + score_seconds[0], fit_seconds[1:], score_seconds[1:])


def row_bytes(table: Table, grown_bytes: int) -> int:
    """Return what each more row takes in memory.

    Parameters
    ----------
    table : that was read and fitted.
    grown_bytes : by which the process grew; 0 where it reused what an earlier job gave back.
    """
    # At the least an owner's table, all owners' as one, and the copy that is standardised.
    least: int = 3 * table.features.itemsize * table.features.shape[1]
    return max(least, grown_bytes // len(table))


def _draw(n_rows: int, seed: int) -> Places:
    drawn = np.random.default_rng(derive_seed("measure", str(seed))).permutation(n_rows)
    return np.asarray(drawn, dtype=np.int64)
