"""One DuckDB instance per home, opened so that no statement reaches outside its file."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import duckdb

from workbench.core.folders import sync_folder
from workbench.storage.faults import translate_open
from workbench.storage.queries import QUERIES

# The server is a guest on a person's machine: statements spill or fail before it grows past this.
_MEMORY_LIMIT: Final = "2GB"
_SPILL_LIMIT: Final = "2GB"
# While the write-ahead log is folded into the file everybody waits, a tenth of a second and more;
# a longer one takes longer to replay after a kill.
_LOG_LIMIT: Final = "64MB"

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "allow_community_extensions": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": _MEMORY_LIMIT,
    "checkpoint_threshold": _LOG_LIMIT,
    "max_temp_directory_size": _SPILL_LIMIT,
}

# Order matters: after the last one nothing can be set any more.
_SETTINGS: Final = ("use_utc", "forbid_outside", "lock_settings")


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the database file, made if missing, with its configuration locked.

    No files, no network, no extensions, no settings; registered Arrow tables still work.

    Raises
    ------
    ServerUnavailableError
        Another process, or another ``Database`` of this one, holds the file.
    CorruptHomeError
        The file is no DuckDB database.
    DiskFullError
        No space is left.
    """
    try:
        if not path.exists():
            _create(path)
        connection = duckdb.connect(path, config=_CONFIG)
    except duckdb.Error as error:
        raise translate_open(error, path) from error
    try:
        for name in _SETTINGS:
            connection.execute(QUERIES[name].sql)
    except duckdb.Error as error:
        connection.close()
        raise translate_open(error, path) from error
    return connection


def _create(path: Path) -> None:
    # A new file appears whole or not at all: a kill between DuckDB's first two writes would
    # leave something that nobody can open.
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        duckdb.connect(partial, config=_CONFIG).close()
        # Unlike a rename, a link never replaces what another process has made meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)
