"""What DuckDB and the file system complain about, as errors of the workbench."""

import errno
import re
from pathlib import Path
from typing import Final

import duckdb

from workbench.core.errors import (
    ConflictError,
    CorruptHomeError,
    DiskFullError,
    ServerUnavailableError,
    TimeLimitError,
    WorkbenchError,
)

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_TEXT: Final = ("No space left on device", "Disk quota exceeded", "File too large")
_HOLDER: Final = re.compile(r"lock is held in (?P<program>.*?) ?\(PID (?P<pid>\d+)\)")


def is_disk_full(error: BaseException) -> bool:
    """Say whether an error means that no space is left."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, duckdb.Error) and any(text in str(error) for text in _FULL_TEXT)


def disk_full(where: Path) -> DiskFullError:
    """Return the error for a full disk under a folder."""
    return DiskFullError(
        f"no space is left where {where} is stored; nothing was written",
        wanted="free space on that file system",
        next_step="free some space and repeat the command; what was acknowledged is kept",
        path=str(where),
    )


def translate(error: duckdb.Error, path: Path) -> WorkbenchError:
    """Return the workbench's error for a statement that DuckDB refused.

    Only causes that a person can mend get a class of their own; anything else is a
    ``WorkbenchError`` that says what DuckDB said.
    """
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if is_disk_full(error):
        return disk_full(path)
    if isinstance(error, duckdb.InterruptException):
        return TimeLimitError("the statement was interrupted", wanted="a shorter statement")
    if isinstance(error, duckdb.ConstraintException):
        return ConflictError(f"the database refused a row: {said}", wanted="rows the schema allows")
    if isinstance(error, duckdb.FatalException):
        return ServerUnavailableError(
            f"the database stopped: {said}",
            next_step="restart the server: workbench server stop; what was acknowledged is kept",
        )
    return WorkbenchError(f"the database refused a statement: {said}")


def translate_open(error: duckdb.Error, path: Path) -> WorkbenchError:
    """Return the workbench's error for a file that DuckDB cannot open."""
    said = str(error).splitlines()[0]
    if is_disk_full(error):
        return disk_full(path)
    if holder := _HOLDER.search(str(error)):
        return ServerUnavailableError(
            f"{path} is held by process {holder['pid']} ({holder['program'] or 'unknown program'})",
            wanted="one server per home",
            next_step=f"let that server answer, or stop it: kill {holder['pid']}",
            pid=int(holder["pid"]),
        )
    if "configuration has been locked" in said or "different configuration" in said:
        return ServerUnavailableError(
            f"{path} is already open in this process", wanted="one Database per file"
        )
    return CorruptHomeError(
        f"{path} cannot be read: {said}",
        wanted="a database written by the workbench",
        next_step="restore the home from a copy, or set WORKBENCH_HOME to a new folder",
    )
