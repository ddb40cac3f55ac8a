"""Canonical rows of text, and the tokens a model sees of them."""

from collections.abc import Sequence
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError
from workbench.training.inputs import bad_row, read_objects

TokenRow = tuple[int, ...]
"""The token ids of one row, at least two: the first predicts the second."""


def read_texts(path: Path, label: str) -> list[str]:
    """Return the texts of a text task's rows."""
    texts = []
    for number, row in enumerate(read_objects(path, label), 1):
        text = row.get("text")
        if not isinstance(text, str):
            raise bad_row(label, number, "without a string called text")
        texts.append(text)
    return texts


def encode_rows(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_tokens: int, label: str
) -> list[TokenRow]:
    """Return the tokens of each row that has at least two, cut after ``max_tokens``.

    Raises
    ------
    InvalidInputError
        No row is left.
    """
    filled = [text for text in texts if text.strip()]
    # One by one: a batch of rows is tokenised in a thread pool, and workers own one core.
    encoded = (tuple(tokenizer(text)["input_ids"][:max_tokens]) for text in filled)
    rows = [row for row in encoded if len(row) > 1]
    if not rows:
        raise InvalidInputError(
            f"{label} has no row with text of at least two tokens",
            wanted="at least one row with text",
            next_step="look at the file: its rows are empty or white space",
            input=label,
            n_rows=len(texts),
        )
    return rows
