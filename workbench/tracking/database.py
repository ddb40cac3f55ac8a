"""A tracking database in one file, made whole or not at all."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SQLITE: Final = "sqlite:///"
_PREFIX: Final = ".new-"


def make_database(uri: str, artifacts_dir: Path | None) -> None:
    """Make the database of a tracking URI if it is a file that is not there yet.

    MLflow makes its tables in dozens of steps over seconds, in the file itself: two processes
    that start together fail on each other's columns, and one that is killed in between leaves
    a file that no later one can mend. So the tables are made in a file beside it, which gets
    its name when it is complete, by one process while others wait.

    Parameters
    ----------
    uri : a tracking URI; any but a file of SQLite is left alone.
    artifacts_dir : where runs outside of our experiments store; beside the database by default.
    """
    path = database_path(uri)
    if path is None or _is_there(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Loads the database's drivers, which the client of a tracking server never needs.
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: PLC0415

    with _locked(path.parent / f"{_PREFIX}lock"):
        if _is_there(path):
            return
        for left in path.parent.glob(f"{_PREFIX}folder-*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}folder-", dir=path.parent) as folder:
            new = Path(folder) / path.name
            root = artifacts_dir or path.parent / "artifacts"
            store = SqlAlchemyStore(f"{_SQLITE}{new}", root.absolute().as_uri())
            store.engine.dispose()
            new.replace(path)


def database_path(uri: str) -> Path | None:
    """Return the file of a SQLite URI; None for any other.

    >>> database_path("sqlite:////home/ana/mlflow.db?timeout=9")
    PosixPath('/home/ana/mlflow.db')
    >>> database_path("https://mlflow.example.org")
    """
    if not uri.startswith(_SQLITE):
        return None
    return Path(uri.removeprefix(_SQLITE).partition("?")[0])


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    # Held by the open file: a killed process lets go of it.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
