"""Statistics of texts beside reference texts: chrF."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics.chrf import CHRF

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.checks import check_any, check_paired

BETA: Final = 2
"""Recall counts twice as much as precision: chrF2, sacrebleu's default."""


class _Counting(CHRF):
    """Sacrebleu's chrF, asked for the counts behind its score."""

    def counts(self, texts: Sequence[str], columns: list[list[str | None]]) -> NDArray[np.int64]:
        return np.array(self._extract_corpus_statistics(texts, columns), dtype=np.int64)


def count_ngrams(
    predictions: Sequence[str], references: Sequence[Sequence[str]]
) -> NDArray[np.int64]:
    """Return for each item and order n from 1 to 6 how many character n-grams there are.

    In the prediction, in its best reference, and in both; shape (n_items, 18), order after
    order. White space is left out.

    Parameters
    ----------
    predictions
        One text an item; may be empty.
    references
        One or more texts an item, each with a visible character.

    Raises
    ------
    InvalidInputError
        If there is no item, the lists differ in length, something is no text, or an item has
        no reference.
    """
    check_any(predictions, "predictions")
    check_paired(predictions, references, "predictions and references")
    for item, (text, wanted_texts) in enumerate(zip(predictions, references, strict=True)):
        _check_texts(item, text, wanted_texts)
    n_columns = max(map(len, references))
    columns = [
        [texts[column] if column < len(texts) else None for texts in references]
        for column in range(n_columns)
    ]
    return _Counting(beta=BETA).counts(predictions, columns)


def _check_texts(item: int, prediction: str, references: Sequence[str]) -> None:
    if not isinstance(prediction, str):
        raise InvalidInputError(
            f"predictions: item {item} is {prediction!r}", wanted="a text", item=item
        )
    # A string is a sequence of strings, its letters, which nobody means.
    if isinstance(references, str) or not all(isinstance(text, str) for text in references):
        raise InvalidInputError(
            f"references: item {item} is {references!r}", wanted="a list of texts", item=item
        )
    if not references or not all(text.strip() for text in references):
        raise InvalidInputError(
            f"references: item {item} has {'an empty text' if references else 'none'}",
            wanted="at least one text an item, each with a visible character",
            next_step="leave the item out of the test: whatever a model says, it would score 0",
            item=item,
        )


def chrf(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return chrF from summed `count_ngrams`, from 0 to 100.

    Precision and recall are averaged over the orders that occur on both sides, then joined
    with ``BETA``; 0 where nothing is shared.

    References
    ----------
    Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation",
    doi:10.18653/v1/W15-3049.
    """
    counts = sums.reshape(*sums.shape[:-1], -1, 3)
    said, wanted, shared = counts[..., 0], counts[..., 1], counts[..., 2]
    both = (said > 0) & (wanted > 0)
    n_orders = np.maximum(both.sum(axis=-1), 1)
    nothing = np.zeros(said.shape)
    precision = np.divide(shared, said, out=nothing.copy(), where=both).sum(axis=-1) / n_orders
    recall = np.divide(shared, wanted, out=nothing.copy(), where=both).sum(axis=-1) / n_orders
    joined = np.asarray(BETA**2 * precision + recall)
    score = np.zeros(joined.shape)
    np.divide((1 + BETA**2) * precision * recall, joined, out=score, where=joined > 0)
    return 100 * score
