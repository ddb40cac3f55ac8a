"""Statistics of classified items: accuracy, macro-F1 and log-loss.

Classes are named by their places in the task's classes, from 0.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.checks import (
    check_any,
    check_finite,
    check_paired,
    to_whole_numbers,
)

MAX_CLASSES: Final = 1000
SUM_TOLERANCE: Final = 1e-4
"""How far probabilities of one item may sum from 1: single precision over many classes."""


def _classes(values: ArrayLike, name: str) -> NDArray[np.int64]:
    classes = to_whole_numbers(values, name, low=0)
    if classes.max() >= MAX_CLASSES:
        raise InvalidInputError(
            f"{name}: item {classes.argmax()} has class {classes.max()}",
            wanted=f"places in the task's classes, below {MAX_CLASSES}",
        )
    return classes


def count_right(predictions: ArrayLike, references: ArrayLike) -> NDArray[np.int64]:
    """Return for each item whether its class was found, and 1; shape (n_items, 2).

    Raises
    ------
    InvalidInputError
        If there is no item, the lists differ in length, or something is no class.
    """
    guessed, true = _classes(predictions, "predictions"), _classes(references, "references")
    check_paired(guessed, true, "predictions and references")
    return np.stack([guessed == true, np.ones(len(true), bool)], axis=1).astype(np.int64)


def accuracy(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of items whose class was found, from summed `count_right`."""
    return sums[..., 0] / sums[..., 1]


def count_classes(predictions: ArrayLike, references: ArrayLike) -> NDArray[np.int64]:
    """Return for each item and class: was it found, was it predicted, is it true.

    Shape (n_items, 3 n_classes), class after class, up to the largest class seen.

    Raises
    ------
    InvalidInputError
        If there is no item, the lists differ in length, or something is no class.
    """
    guessed, true = _classes(predictions, "predictions"), _classes(references, "references")
    check_paired(guessed, true, "predictions and references")
    n_items, n_classes = len(true), 1 + int(max(guessed.max(), true.max()))
    counts = np.zeros((n_items, n_classes, 3), dtype=np.int64)
    items = np.arange(n_items)
    counts[items, true, 0] = guessed == true
    counts[items, guessed, 1] = 1
    counts[items, true, 2] = 1
    return counts.reshape(n_items, 3 * n_classes)


def macro_f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the classes' F1, from summed `count_classes`.

    F1 is the harmonic mean of precision and recall, 2 found / (predicted + true). A class that
    is neither predicted nor true among the items has none and is left out, as in scikit-learn.

    References
    ----------
    Manning, Raghavan, Schütze 2008, "Introduction to Information Retrieval", 8.3 and 13.6.
    """
    counts = sums.reshape(*sums.shape[:-1], -1, 3)
    found, seen = counts[..., 0], counts[..., 1] + counts[..., 2]
    f1 = np.divide(2 * found, seen, out=np.zeros(seen.shape), where=seen > 0)
    return np.asarray(f1.sum(axis=-1) / (seen > 0).sum(axis=-1), dtype=np.float64)


def label_losses(probabilities: ArrayLike, references: ArrayLike) -> NDArray[np.float64]:
    """Return for each item minus the log-probability of its class, and 1; shape (n_items, 2).

    Probabilities are kept at least the double's machine epsilon from 0 and 1, as in
    scikit-learn: a model that was sure and wrong loses 36 nats.

    Parameters
    ----------
    probabilities
        Of each class, shape (n_items, n_classes); each item's sum to 1.
    references
        The true classes.

    Raises
    ------
    InvalidInputError
        If there is no item, the shapes differ, a number is NaN, no probability, or the
        probabilities of an item do not sum to 1.
    """
    shares = _probabilities(probabilities)
    true = _classes(references, "references")
    check_paired(shares, true, "probabilities and references")
    if true.max() >= shares.shape[1]:
        raise InvalidInputError(
            f"item {true.argmax()} has class {true.max()}, of {shares.shape[1]} classes from 0",
            wanted="a probability for each of the task's classes",
        )
    epsilon = np.finfo(np.float64).eps
    share = np.clip(shares[np.arange(len(true)), true], epsilon, 1 - epsilon)
    return np.stack([-np.log(share), np.ones(len(true))], axis=1)


def _probabilities(values: ArrayLike) -> NDArray[np.float64]:
    wanted = "for each item one probability a class, which sum to 1"
    try:
        shares = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"probabilities: {error}", wanted=wanted) from error
    check_any(shares, "probabilities")
    if shares.ndim != 2 or shares.shape[1] == 0:
        raise InvalidInputError(f"probabilities have the shape {shares.shape}", wanted=wanted)
    check_finite(shares, "probabilities")
    outside = (shares < 0).any(axis=1) | (shares > 1 + SUM_TOLERANCE).any(axis=1)
    wrong = np.flatnonzero(outside | (abs(shares.sum(axis=1) - 1) > SUM_TOLERANCE))
    if len(wrong):
        raise InvalidInputError(
            f"the probabilities of item {wrong[0]} are {shares[wrong[0]][:8].tolist()}",
            wanted=wanted,
            next_step="hand over a softmax of the scores, not the scores",
            item=int(wrong[0]),
        )
    return shares


def mean_loss(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean loss of an item in nats, from summed `label_losses`."""
    return sums[..., 0] / sums[..., 1]
