"""From an older schema to ours: on a copy, which takes the file's place once it is whole."""

import logging
import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from workbench.core.errors import CorruptHomeError
from workbench.core.folders import sync_folder
from workbench.storage.connection import connect
from workbench.storage.faults import disk_full, is_disk_full, translate, translate_open
from workbench.storage.migrate import Migration, migrate, schema_version
from workbench.storage.queries import QUERIES

_log = logging.getLogger(__name__)
_HEAD: Final = "head.json"
_N_KEPT: Final = 3


def open_newest(
    path: Path, migrations: list[Migration], *, now: datetime
) -> duckdb.DuckDBPyConnection:
    """Open the database file with our schema, made or upgraded when needed.

    A file of an older schema is kept under ``backups`` beside it. Its copy is migrated and put
    in its place in one step: whatever fails, and whenever the process is killed, the file is
    the old one or the new one.

    Raises
    ------
    NewerHomeError
        The file has seen a migration that we do not have.
    CorruptHomeError
        The file is no database, or was made by other migrations than ours.
    DiskFullError
        No space is left for the copy.
    """
    connection = connect(path)
    try:
        version = schema_version(connection, migrations, path)
        if version in {0, len(migrations)}:
            migrate(connection, migrations, path=path, now=now)
            return connection
        _fold(connection, path)
    except duckdb.Error as error:
        # A file that was cut off may open, and fail when it is first read.
        connection.close()
        raise translate_open(error, path) from error
    except BaseException:
        connection.close()
        raise
    connection.close()
    _upgrade(path, version, migrations, now)
    return connect(path)


def kept_before_upgrades(home: Path) -> list[Path]:
    """Return the folders of a home as it was before its upgrades, oldest first."""
    return sorted((home / "backups").glob("schema-*"), key=lambda path: path.name[-16:])


def _upgrade(path: Path, version: int, migrations: list[Migration], now: datetime) -> None:
    fresh = path.with_name(f".{path.name}.upgrade")
    _remove(fresh)
    try:
        _copy(path, fresh)
        connection = connect(fresh)
        try:
            migrate(connection, migrations, path=path, now=now)
            _fold(connection, path)
        finally:
            connection.close()
        kept = _keep(path, version, now)
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise (disk_full(path.parent) if is_disk_full(error) else error) from error
    finally:
        _remove(fresh)
    _log.warning(
        "the home was upgraded from schema %d to %d; as it was before: %s",
        version,
        len(migrations),
        kept,
    )
    for older in kept_before_upgrades(path.parent)[:-_N_KEPT]:
        shutil.rmtree(older)


def _keep(path: Path, version: int, now: datetime) -> Path:
    folder = path.parent / "backups" / f"schema-{version:04}-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / path.name
    kept.unlink(missing_ok=True)
    # The file itself, under a second name: from here on nobody writes to it any more.
    kept.hardlink_to(path)
    # Later heads promise more than this database has.
    with suppress(FileNotFoundError):
        _copy(path.with_name(_HEAD), folder / _HEAD)
    sync_folder(folder)
    return folder


def _fold(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring everything into the one file: a write-ahead log left behind would fit no other."""
    try:
        connection.execute(QUERIES["checkpoint"].sql)
    except duckdb.Error as error:
        raise translate(error, path) from error
    left = path.with_name(f"{path.name}.wal")
    if left.exists() and left.stat().st_size:
        raise CorruptHomeError(
            f"{left} could not be brought into the database",
            wanted="one file, before the home is upgraded",
            next_step="open the home once with the version that wrote it last",
        )


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
