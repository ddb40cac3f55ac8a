import errno
from pathlib import Path

import duckdb
import pytest

from workbench.core.errors import (
    ConflictError,
    CorruptHomeError,
    DiskFullError,
    ServerUnavailableError,
    TimeLimitError,
    WorkbenchError,
)
from workbench.storage.faults import is_disk_full, translate, translate_open

HOME = Path("home")


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (duckdb.TransactionException("Could not write: No space left on device"), DiskFullError),
        (duckdb.IOException("Could not write file: File too large"), DiskFullError),
        (duckdb.InterruptException("Interrupted"), TimeLimitError),
        (duckdb.ConstraintException("Duplicate key"), ConflictError),
        (duckdb.FatalException("has been invalidated"), ServerUnavailableError),
        (duckdb.BinderException("no such column"), WorkbenchError),
    ],
)
def test_each_cause_has_one_error(error: duckdb.Error, wanted: type[WorkbenchError]) -> None:
    assert type(translate(error, HOME)) is wanted


def test_the_holder_of_a_locked_file_is_named() -> None:
    error = duckdb.IOException(
        'IO Error: Could not set lock on file "x": Conflicting lock is held in /usr/bin/python'
        " (PID 4711). See also …"
    )
    translated = translate_open(error, HOME)
    assert isinstance(translated, ServerUnavailableError)
    assert translated.facts == {"pid": 4711}
    assert "/usr/bin/python" in translated.found


def test_any_other_failure_to_open_is_corruption() -> None:
    error = duckdb.IOException("IO Error: not a valid DuckDB database file!")
    assert isinstance(translate_open(error, HOME), CorruptHomeError)


def test_full_disks_are_known_by_their_numbers() -> None:
    assert is_disk_full(OSError(errno.ENOSPC, "full"))
    assert is_disk_full(OSError(errno.EDQUOT, "quota"))
    assert not is_disk_full(OSError(errno.EACCES, "denied"))
