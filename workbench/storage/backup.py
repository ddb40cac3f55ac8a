"""Copies of what is being written, DuckDB's file and MLflow's SQLite, and of what came back."""

import json
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from workbench.storage.queries import QUERIES

_log = logging.getLogger(__name__)
_CHUNK_BYTES: Final = 4 << 20
_PAGES_AT_ONCE: Final = 1_000
_NOTE: Final = "restored.json"


def copy_open_file(descriptor: int, target: Path) -> None:
    """Copy a file through a descriptor that stays open."""
    offset = 0
    with target.open("wb") as stream:
        while chunk := os.pread(descriptor, _CHUNK_BYTES, offset):
            stream.write(chunk)
            offset += len(chunk)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at one moment, while others write to it."""
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here, pages=_PAGES_AT_ONCE)


def move_artifacts(database: Path, before: Path, after: Path) -> None:
    """Tell MLflow's SQLite that its artifacts lie in another folder now."""
    folders = {"before": before.absolute().as_uri(), "after": after.absolute().as_uri()}
    with closing(sqlite3.connect(database)) as connection, connection:
        for name in ("move_experiments", "move_runs", "move_models", "move_versions"):
            connection.execute(QUERIES[name].sql, folders)


def settle_restored(home: Path, database: Path) -> None:
    """Finish what a restored home could not do for itself: its artifacts have another place.

    Parameters
    ----------
    home : the home's folder.
    database : MLflow's SQLite in it, if it has one.
    """
    note = restored_note(home)
    if note is None or note["from"] == str(home):
        return
    if database.is_file():
        try:
            move_artifacts(database, Path(note["from"]) / database.parent.name, database.parent)
        except sqlite3.Error:
            # Only what MLflow shows depends on it, and a home must open all the same.
            _log.exception("the artifacts that %s names could not be moved", database)
            return
    _write_note(home, note | {"from": str(home)})


def revoke_restored(home: Path, revoke: Callable[[], object]) -> None:
    """Have the tokens of a home that was just restored revoked, once.

    A backup holds those that were revoked after it as good ones.

    Parameters
    ----------
    home : the home's folder.
    revoke : revokes them all; called again if the server is killed before it was noted.
    """
    note = restored_note(home)
    if note is not None and note.pop("revoke_tokens", False):
        revoke()
        _write_note(home, note)


def _write_note(home: Path, note: dict[str, Any]) -> None:
    fresh = home / f".{_NOTE}.new"
    fresh.write_text(json.dumps(note))
    fresh.replace(home / _NOTE)


def restored_note(home: Path) -> dict[str, Any] | None:
    """Return what ``restore`` left word of; None in a home that was never restored."""
    try:
        note = json.loads((home / _NOTE).read_text())
    except (OSError, ValueError):
        return None
    match note:
        case {"backup": str(), "size": int(), "restored_at": str(), "from": str(), "lost": lost}:
            return dict(note) if lost is None or isinstance(lost, int) else None
    return None
