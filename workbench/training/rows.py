"""Canonical rows of text, and the tokens a model sees of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from transformers import PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError

ROWS_PREFIX: Final = "rows:"
MODEL_PREFIXES: Final = ("adapter:", "model:")

TokenRow = tuple[int, ...]
"""The token ids of one row, at least two: the first predicts the second."""


def read_objects(path: Path, label: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a canonical rows blob (JSON Lines, UTF-8), one a row.

    Raises
    ------
    InvalidInputError
        A line is no JSON object; the blob did not come through the gates.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise _bad_row(label, number, "not JSON in UTF-8") from error
            if not isinstance(row, dict):
                raise _bad_row(label, number, "not a JSON object")
            yield row


def read_texts(path: Path, label: str) -> list[str]:
    """Return the texts of a text task's rows."""
    texts = []
    for number, row in enumerate(read_objects(path, label), 1):
        text = row.get("text")
        if not isinstance(text, str):
            raise _bad_row(label, number, "without a string called text")
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


def training_inputs(inputs: Mapping[str, Path]) -> dict[str, Path]:
    """Return the inputs that hold owners' rows, by name.

    Raises
    ------
    InvalidInputError
        There are none.
    """
    found = {name: inputs[name] for name in sorted(inputs) if name.startswith(ROWS_PREFIX)}
    if not found:
        raise InvalidInputError(
            "the job has no rows to train on",
            wanted=f"at least one input named {ROWS_PREFIX}<owner>:<number>",
            next_step="accept a contribution before training",
        )
    return found


def required_input(inputs: Mapping[str, Path], name: str) -> Path:
    """Return an input's path.

    Raises
    ------
    InvalidInputError
        The job has no such input.
    """
    if name not in inputs:
        raise InvalidInputError(
            f"the job has no input named {name}",
            wanted=f"an input named {name} beside {', '.join(sorted(inputs)) or 'nothing'}",
        )
    return inputs[name]


def _bad_row(label: str, number: int, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"row {number} of {label} is {what}",
        wanted="canonical rows: JSON Lines, one object a row",
        next_step="send the file through the gates again",
        input=label,
        row=number,
    )
