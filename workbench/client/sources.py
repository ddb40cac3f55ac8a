"""What people hand in: frames, lists, datasets and paths, checked before a byte is sent."""

import difflib
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from workbench.client.rows import SOURCES, rows_to_jsonl, to_rows
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import InvalidInputError, TooLargeError


@dataclass(frozen=True)
class Source:
    """A file to upload: its name, its size, and its bytes or where they are."""

    file_name: str
    size: int
    content: bytes | Path

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, as 64 hexadecimal digits."""
        if isinstance(self.content, bytes):
            return sha256_hex(self.content)
        with self.content.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def read_source(source: object, max_bytes: int) -> Source:
    """Return what will be uploaded for a source; nothing is read from a file yet.

    Rows in memory become JSON Lines with sorted keys: the same rows are the same bytes, and the
    same contribution, whatever they were held in.

    Parameters
    ----------
    source : pandas DataFrame; ``datasets.Dataset``, ``IterableDataset`` (read until the limit)
        or ``DatasetDict`` of one split; anything else with ``to_pandas``; list of dicts (rows)
        or texts; or the path of a regular file.
    max_bytes : the server's limit, checked here so that nobody uploads in vain.

    Raises
    ------
    InvalidInputError
        A path with ``..``, a pattern or a link; nothing in it; no such kind of source; or a
        column that is nested or binary.
    TooLargeError
        More than ``max_bytes``.
    """
    if isinstance(source, str | os.PathLike):
        path = check_path(source)
        found = Source(path.name, path.stat().st_size, path)
    else:
        content = rows_to_jsonl(to_rows(source), max_bytes)
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


def check_path(given: "str | os.PathLike[str]", wanted: str = SOURCES) -> Path:
    """Return the path of a regular file, named plainly.

    Parameters
    ----------
    given : as a person wrote it.
    wanted : what else would have done, where there is no such file.

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
        raise _missing(path, text, wanted) from None
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


def hidden_test(source: object, max_bytes: int) -> Source:
    """Return hidden test rows as the blob a task names; in-memory rows in canonical JSON.

    Raises
    ------
    InvalidInputError
        As :func:`read_source`; or a file of another format than JSON Lines: a task's rules name
        the blob by its digest alone, so that no ending tells the server what it holds.
    """
    if isinstance(source, str | os.PathLike):
        name = Path(os.fspath(source)).name
        if not name.lower().endswith((".jsonl", ".ndjson")):
            raise InvalidInputError(
                f"the hidden test is the file {name[:80]!r}",
                wanted="JSON Lines: a name that ends in .jsonl or .ndjson",
                next_step="convert it, or give the rows: test=pandas.read_csv(…)",
            )
        return read_source(source, max_bytes)
    content = rows_to_jsonl(to_rows(source), max_bytes, lambda row: canonical_bytes(row) + b"\n")
    if not content:
        raise InvalidInputError("the hidden test has no rows", wanted="at least one row")
    return Source("hidden.jsonl", len(content), content)


def _missing(path: Path, text: str, wanted: str) -> InvalidInputError:
    try:
        beside = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        beside = []
    nearest = difflib.get_close_matches(path.name, beside, n=3)
    return InvalidInputError(
        f"there is no file {text[:200]!r}",
        wanted=wanted,
        next_step=f"did you mean {', '.join(nearest)}?" if nearest else "check the path",
        nearest=nearest,
    )


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "no regular file"
