"""The inputs of a training job: canonical rows, one JSON object a line."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import InvalidInputError

ROWS_PREFIX: Final = "rows:"
TEST_INPUT: Final = "test"
VOCABULARY_INPUT: Final = "vocabulary"


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
                raise bad_row(label, number, "not JSON in UTF-8") from error
            if not isinstance(row, dict):
                raise bad_row(label, number, "not a JSON object")
            yield row


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


def model_weights(inputs: Mapping[str, Path], position: int) -> Path:
    """Return the weights of the model that a comparison names at a position.

    Raises
    ------
    InvalidInputError
        None of the model's files, inputs ``model:<position>:<file>``, is safetensors.
    """
    prefix = f"model:{position}:"
    found = sorted(n for n in inputs if n.startswith(prefix) and n.endswith(".safetensors"))
    if not found:
        raise InvalidInputError(
            f"the job has no weights of the model at position {position}",
            wanted=f"an input named {prefix}<file>.safetensors",
            next_step="train the model again: its run kept no weights",
        )
    return inputs[found[0]]


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


def bad_row(label: str, number: int, what: str) -> InvalidInputError:
    """Return the error that names a row of an input that is not canonical."""
    return InvalidInputError(
        f"row {number} of {label} is {what}",
        wanted="canonical rows: JSON Lines, one object a row",
        next_step="send the file through the gates again",
        input=label,
        row=number,
    )
