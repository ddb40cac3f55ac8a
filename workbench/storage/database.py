"""The owner of the database file: one writer, many readers, acknowledged means durable."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import duckdb
import pyarrow as pa

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import ServerUnavailableError, TimeLimitError
from workbench.storage import answers
from workbench.storage.backup import copy_open_file
from workbench.storage.faults import disk_full, is_disk_full, translate
from workbench.storage.migrate import load_migrations
from workbench.storage.news import News
from workbench.storage.queries import QUERIES
from workbench.storage.rows import Row, fetch_rows
from workbench.storage.select import Published, run_select
from workbench.storage.snapshot import Snapshot
from workbench.storage.upgrade import open_newest
from workbench.storage.writer import LogKeeper, Transaction, Writer

__all__ = ["Database", "Transaction"]

T = TypeVar("T")
_MOST_KEPT: Final = 10_000


class Database:
    """The one DuckDB file of a home. Any thread may call any method.

    Parameters
    ----------
    connection : an open, migrated, locked-down connection; use ``Database.open``.
    path : the file.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._closed = False
        # A second long statement would only take memory and cores from the first.
        self._turn = threading.Lock()
        self._published = Published.of(connection)
        self._writer = Writer(connection.cursor(), path)
        self._kept: dict[tuple[Any, ...], tuple[int, list[Row]]] = {}
        # Closing any descriptor of the file would give up the lock that DuckDB holds on it.
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, made and migrated when needed.

        Raises
        ------
        ServerUnavailableError
            Another process holds the file; the facts carry its ``pid``.
        NewerHomeError
            The file was written by a newer version.
        CorruptHomeError
            The file is no database, or was made by other migrations than ours.
        DiskFullError
            No space is left.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(open_newest(path, load_migrations(), now=datetime.now(UTC)), path)

    @property
    def news(self) -> News:
        """What was changed since the file was opened, for whoever shows it."""
        return self._writer.news

    def keep_log(self, keeper: LogKeeper) -> None:
        """Let somebody answer for the log; called before anything is written."""
        self._writer.keeper = keeper

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a work in the writer thread; return its answer after the commit is on disk.

        The work runs inside a transaction that it may share with others, and may be run a
        second time when one of those fails: it has SQL effects only. What it raises is raised
        here, and nothing it did is kept.
        """
        return self.write_soon(work).result()

    def write_soon(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Like ``write``, for whoever has other things to do until the commit is on disk."""
        return self._writer.submit(work)

    def write_once(self, key: str, request: Any, work: Callable[[Transaction], Any]) -> Any:
        """Like ``write``, once per key: the same request again gets the first answer again.

        Parameters
        ----------
        key : made by the client before it sends.
        request : JSON; what the work depends on.
        work : returns JSON, which is kept.

        Raises
        ------
        ConflictError
            The key was used for another request.
        """
        digest = content_id(request)

        def once(transaction: Transaction) -> str:
            known = answers.find(transaction, key, digest)
            if known is not None:
                return known
            response = canonical_bytes(work(transaction)).decode()
            answers.keep(transaction, key, digest, response)
            return response

        return json.loads(self.write(once))

    def read(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a named query that only reads and return its rows; sees what is committed."""
        with self._reading(name) as (cursor, sql):
            cursor.execute(sql, parameters or None)
            return fetch_rows(cursor)

    def read_kept(self, name: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Like ``read``, from memory while no table changed but those that only grow.

        Parameters
        ----------
        name : a query that asks none of those: log, record, entry, posting, idempotency.
        parameters : hashable values.
        """
        key = (name, *sorted(parameters.items()))
        n_changes = self._writer.n_changes
        kept = self._kept.get(key)
        if kept is None or kept[0] != n_changes:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            # Asked for after the count was read: at worst it is asked for once more.
            kept = self._kept[key] = (n_changes, self.read(name, parameters))
        return kept[1]

    def read_frame(self, name: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Like ``read``, as an Arrow table; hugeint columns come as decimals without places."""
        with self._reading(name) as (cursor, sql):
            return cursor.sql(sql, params=parameters or None).to_arrow_table()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Lend a reader for which nothing changes any more, whatever is written meanwhile."""
        with self._cursor() as cursor:
            cursor.execute(QUERIES["begin_read_only"].sql)
            yield Snapshot(cursor, self.path)

    def select(
        self,
        statement: str,
        parameters: Sequence[Any] = (),
        *,
        max_rows: int = 100_000,
        max_seconds: float = 10.0,
    ) -> pa.Table:
        """Run a person's SELECT over the published views, one person at a time.

        Parameters
        ----------
        parameters : for ``?`` or ``$1``, ``$2``, …
        max_rows : more are refused, not cut off.
        max_seconds : for waiting and running together.

        Raises
        ------
        QueryRefusedError
            The statement is not one SELECT over published views.
        TooLargeError
            The answer has too many rows or bytes.
        TimeLimitError
            The statement was ended after ``max_seconds``.
        """
        deadline = time.monotonic() + max_seconds
        if not self._turn.acquire(timeout=max_seconds):
            raise TimeLimitError(
                f"other statements were running for {max_seconds:g} s",
                next_step="repeat the statement",
            )
        try:
            with self._cursor() as cursor:
                return run_select(
                    cursor,
                    self._published,
                    statement,
                    parameters,
                    max_rows=max_rows,
                    max_seconds=max_seconds,
                    deadline=deadline,
                    path=self.path,
                )
        finally:
            self._turn.release()

    def copy_to(self, folder: Path, *beside: Path) -> None:
        """Copy the database as it is after its last commit, and files that go with it.

        The writer thread copies, so that nothing is committed meanwhile; what waits to be
        written goes on afterwards.

        Parameters
        ----------
        folder : where the copies go, under their names.
        beside : files that are written after commits; a missing one is left out.

        Raises
        ------
        DiskFullError
            No space is left for the copies.
        """

        def copy(_: Transaction) -> None:
            try:
                copy_open_file(self._descriptor, folder / self.path.name)
                logs = self.path.parent.glob(f"{self.path.name}.wal*")
                for one in (*logs, *beside):
                    with suppress(FileNotFoundError):
                        shutil.copyfile(one, folder / one.name)
            except OSError as error:
                raise (disk_full(folder) if is_disk_full(error) else error) from error

        self.write(copy)

    def close(self) -> None:
        """Finish the writes that wait, checkpoint, and let go of the file."""
        self._writer.close()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # DuckDB checkpoints when the last connection of a file closes.
            self._connection.close()
            os.close(self._descriptor)

    @contextmanager
    def _reading(self, name: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        query = QUERIES[name]
        if query.has_effects:
            raise ValueError(f"{name} changes rows; use write")
        with self._cursor() as cursor:
            try:
                yield cursor, query.sql
            except duckdb.Error as error:
                raise translate(error, self.path).with_facts(query=name) from error

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._closed:
                raise ServerUnavailableError(
                    "the database is closed", next_step="repeat the command: the server restarts"
                )
            return self._connection.cursor()
