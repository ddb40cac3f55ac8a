"""Rows that people hold in memory, as JSON Lines: the same rows give the same bytes.

The digest of these bytes is where a contribution's provenance starts. A ``datasets`` fingerprint
would not do: it tells how a dataset was made, not which rows it holds.
"""

import io
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from workbench.client.dataset_rows import dataset_batches, only_split
from workbench.core.errors import InvalidInputError, TooLargeError

SOURCES: Final = "a DataFrame, a datasets.Dataset, a list of dicts or texts, or a path"
# Most cells by far: they need no further look.
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_READABLE: Final = "texts, numbers, lists of numbers or of messages, and missing values"
_MESSAGE: Final = frozenset({"role", "content"})


def to_rows(source: object) -> Iterator[dict[str, Any]]:
    """Yield the rows of an in-memory source as JSON objects.

    Texts become ``{"text": …}``; NaN and missing values become null. A column of a dataset or
    frame is refused when it is binary, or nested and no list of messages; dicts keep what JSON
    can hold.

    Raises
    ------
    InvalidInputError
        No such kind of source, a row that is none, or a column that cannot be a role's.
    """
    source = only_split(source)
    batches = dataset_batches(source)
    if batches is not None:
        return _dataset_rows(batches)
    pandas = sys.modules.get("pandas")
    if not isinstance(source, list | tuple) and hasattr(source, "to_pandas"):
        source = source.to_pandas()
        pandas = sys.modules["pandas"]
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _frame_rows(source)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return (_row(item, position) for position, item in enumerate(source))
    raise InvalidInputError(f"a {type(source).__name__} holds no rows", wanted=SOURCES)


def json_line(row: object) -> bytes:
    """Return a row as one line of JSON, keys in order, as everybody else would write it."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False, sort_keys=True).encode() + b"\n"


def rows_to_jsonl(
    rows: Iterator[Mapping[str, Any]],
    max_bytes: int,
    encode: Callable[[Mapping[str, Any]], bytes] = json_line,
) -> bytes:
    """Return rows as JSON Lines; reading ends as soon as they are too many.

    Parameters
    ----------
    rows : read once.
    max_bytes : of all lines.
    encode : makes a line of a row.

    Raises
    ------
    InvalidInputError
        A value that JSON cannot hold; row and column are named.
    TooLargeError
        More than ``max_bytes``.
    """
    lines = io.BytesIO()
    for position, row in enumerate(rows):
        try:
            lines.write(encode(row))
        except (TypeError, ValueError, RecursionError) as error:
            raise _unwritable(row, position, error) from error
        if lines.tell() > max_bytes:
            raise TooLargeError(
                f"the first {position + 1:,} rows have {lines.tell():,} bytes as JSON Lines",
                wanted=f"at most {max_bytes:,}",
                next_step="contribute fewer rows at once, such as source.take(n), or raise "
                "WORKBENCH_MAX_UPLOAD_BYTES",
                size=lines.tell(),
                limit=max_bytes,
            )
    return lines.getvalue()


def _unwritable(row: Mapping[str, Any], position: int, error: Exception) -> InvalidInputError:
    column = None
    for name, value in row.items():
        try:
            json_line(value)
        except (TypeError, ValueError, RecursionError):
            column = name
            break
    where = "" if column is None else f", column {column[:80]!r},"
    return InvalidInputError(
        f"row {position}{where} cannot be written as JSON: {error}",
        wanted=_READABLE,
        next_step="convert the values, or leave the column out",
        row=position,
        column=column,
    )


def _dataset_rows(batches: Iterator[Mapping[str, Sequence[Any]]]) -> Iterator[dict[str, Any]]:
    position = 0
    for batch in batches:
        for cells in zip(*batch.values(), strict=True):
            row = {str(name): _cell(cell) for name, cell in zip(batch, cells, strict=True)}
            yield _flat(row, position, "remove_columns({!r})")
            position += 1


def _frame_rows(frame: Any) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise InvalidInputError("two columns have the same name", wanted="one name a column")
    for position, cells in enumerate(frame.itertuples(index=False, name=None)):
        row = {name: _cell(cell) for name, cell in zip(names, cells, strict=True)}
        yield _flat(row, position, "drop(columns={!r})")


def _row(item: object, position: int) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, Mapping):
        return {str(name): _cell(cell) for name, cell in item.items()}
    raise InvalidInputError(
        f"row {position} is a {type(item).__name__}", wanted="a dict or a text", row=position
    )


def _flat(row: dict[str, Any], position: int, remedy: str) -> dict[str, Any]:
    for name, value in row.items():
        if type(value) in _PLAIN or type(value) is float:
            continue
        if kind := _kind(value):
            raise InvalidInputError(
                f"the column {name[:80]!r} is {kind}: row {position} holds a "
                f"{type(value).__name__}",
                wanted=_READABLE,
                next_step=f"flatten it, or leave it out: {remedy.format(name[:80])}",
                row=position,
                column=name,
            )
    return row


def _kind(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "binary"
    if isinstance(value, list):
        is_flat = all(item is None or isinstance(item, int | float) for item in value)
        return "" if is_flat or all(map(_is_message, value)) else "nested"
    return "nested" if isinstance(value, Mapping | set | frozenset) else ""


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() >= _MESSAGE


def _cell(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if type(value) is float:
        return None if math.isnan(value) else value
    # numpy scalars and arrays, pandas' missing values and times, as JSON knows them.
    if hasattr(value, "tolist") and not isinstance(value, memoryview):
        value = value.tolist()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
