"""What people hand in: frames, lists, datasets and paths, checked before a byte is sent."""

import difflib
import json
import math
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, TooLargeError

_WANTED: Final = "a DataFrame, a datasets.Dataset, a list of dicts or texts, or a path"


@dataclass(frozen=True)
class Source:
    """A file to upload: its name, its size, and its bytes or where they are."""

    file_name: str
    size: int
    content: bytes | Path


def read_source(source: object, max_bytes: int) -> Source:
    """Return what will be uploaded for a source; nothing is read from a file yet.

    Parameters
    ----------
    source : pandas DataFrame; anything with ``to_pandas`` (a ``datasets.Dataset``); list of
        dicts (rows) or texts; or the path of a regular file.
    max_bytes : the server's limit, checked here so that nobody uploads in vain.

    Raises
    ------
    InvalidInputError
        A path with ``..``, a pattern or a link; nothing in it; or no such kind of source.
    TooLargeError
        More than ``max_bytes``.
    """
    if isinstance(source, str | os.PathLike):
        path = check_path(source)
        found = Source(path.name, path.stat().st_size, path)
    else:
        content = rows_to_jsonl(to_rows(source))
        found = Source("rows.jsonl", len(content), content)
    if found.size == 0:
        raise InvalidInputError(
            f"{found.file_name} is empty", wanted="at least one row", next_step="fill it"
        )
    if found.size > max_bytes:
        raise TooLargeError(
            f"{found.file_name} has {found.size:,} bytes",
            wanted=f"at most {max_bytes:,}",
            next_step="split it into several contributions, or raise WORKBENCH_MAX_UPLOAD_BYTES",
            size=found.size,
            limit=max_bytes,
        )
    return found


def check_path(given: "str | os.PathLike[str]") -> Path:
    """Return the path of a regular file, named plainly.

    Raises
    ------
    InvalidInputError
        ``..``, ``*``, ``?``, ``[``, NUL, a symbolic link, a folder, a device, or nothing.
    """
    text = os.fspath(given)
    path = Path(text).expanduser() if "\0" not in text else Path()
    if "\0" in text or any(c in text for c in "*?[") or ".." in path.parts:
        raise InvalidInputError(
            f"{text[:200]!r} is a pattern or leads upwards",
            wanted="the plain path of one file, without '..', '*', '?', '['",
            next_step="name each file by itself",
        )
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        raise _missing(path, text) from None
    except OSError as error:
        raise InvalidInputError(
            f"{text[:200]!r} cannot be read: {error.strerror}", wanted="a file you may read"
        ) from error
    if stat.S_ISREG(mode):
        return path
    raise InvalidInputError(
        f"{text[:200]!r} is {_what(mode)}",
        wanted="a regular file",
        next_step="name the file itself",
    )


def to_rows(source: object) -> list[dict[str, Any]]:
    """Return the rows of an in-memory source as JSON objects.

    Texts become ``{"text": …}``; NaN and missing values become null.
    """
    pandas = sys.modules.get("pandas")
    if not isinstance(source, list | tuple) and hasattr(source, "to_pandas"):
        source = source.to_pandas()
        pandas = sys.modules["pandas"]
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _frame_rows(source)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return [_row(item, position) for position, item in enumerate(source)]
    raise InvalidInputError(f"a {type(source).__name__} holds no rows", wanted=_WANTED)


def rows_to_jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as JSON Lines, one object a line, as everybody else would write them."""
    lines = []
    for position, row in enumerate(rows):
        try:
            line = json.dumps(row, ensure_ascii=False, allow_nan=False, sort_keys=True)
            lines.append(line.encode() + b"\n")
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInputError(
                f"row {position} cannot be written as JSON: {error}",
                wanted="texts, numbers, lists of numbers and missing values",
                row=position,
            ) from error
    return b"".join(lines)


def hidden_test(source: object, max_bytes: int) -> Source:
    """Return hidden test rows as the blob a task names; in-memory rows in canonical JSON."""
    if isinstance(source, str | os.PathLike):
        return read_source(source, max_bytes)
    content = b"".join(canonical_bytes(row) + b"\n" for row in to_rows(source))
    if not content:
        raise InvalidInputError("the hidden test has no rows", wanted="at least one row")
    return Source("hidden.jsonl", len(content), content)


def _frame_rows(frame: Any) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    if len(set(names)) != len(names):
        raise InvalidInputError("two columns have the same name", wanted="one name a column")
    return [
        {name: _cell(cell) for name, cell in zip(names, cells, strict=True)}
        for cells in frame.itertuples(index=False, name=None)
    ]


def _row(item: object, position: int) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, Mapping):
        return {str(name): _cell(cell) for name, cell in item.items()}
    raise InvalidInputError(
        f"row {position} is a {type(item).__name__}", wanted="a dict or a text", row=position
    )


def _cell(value: Any) -> Any:
    # numpy scalars and arrays, pandas' missing values and times, as JSON knows them.
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


def _missing(path: Path, text: str) -> InvalidInputError:
    try:
        beside = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        beside = []
    nearest = difflib.get_close_matches(path.name, beside, n=3)
    return InvalidInputError(
        f"there is no file {text[:200]!r}",
        wanted=_WANTED,
        next_step=f"did you mean {', '.join(nearest)}?" if nearest else "check the path",
        nearest=nearest,
    )


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "no regular file"
