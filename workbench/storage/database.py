"""The owner of the database file: one writer, many readers, acknowledged means durable."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import ConflictError, ServerUnavailableError, TimeLimitError
from workbench.storage.connection import connect
from workbench.storage.faults import translate
from workbench.storage.migrate import load_migrations, migrate
from workbench.storage.queries import QUERIES
from workbench.storage.rows import Row, fetch_rows
from workbench.storage.select import Published, run_select
from workbench.storage.snapshot import Snapshot
from workbench.storage.writer import LogKeeper, Transaction, Writer

__all__ = ["Database", "Transaction"]

T = TypeVar("T")


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
        connection = connect(path)
        try:
            migrate(connection, load_migrations(), path=path, now=datetime.now(UTC))
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def keep_log(self, keeper: LogKeeper) -> None:
        """Let somebody answer for the log; called before anything is written."""
        self._writer.keeper = keeper

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a work in the writer thread; return its answer after the commit is on disk.

        The work runs inside a transaction that it may share with others, and may be run a
        second time when one of those fails: it has SQL effects only. What it raises is raised
        here, and nothing it did is kept.
        """
        answer: T = self._writer.submit(work)
        return answer

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
            for row in transaction.execute("idempotent_answer", {"key": key}):
                if row["request_sha256"] != digest:
                    raise ConflictError(
                        f"the idempotency key {key[:80]!r} was used for another request",
                        wanted="a new key for a new request",
                        next_step="send the request with a new Idempotency-Key",
                    )
                return str(row["response"])
            response = canonical_bytes(work(transaction)).decode()
            transaction.execute(
                "add_idempotent_answer",
                {
                    "key": key,
                    "request_sha256": digest,
                    "response": response,
                    "created_at": transaction.now,
                },
            )
            return response

        return json.loads(self.write(once))

    def read(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a named query that only reads and return its rows; sees what is committed."""
        with self._reading(name) as (cursor, sql):
            cursor.execute(sql, parameters or None)
            return fetch_rows(cursor)

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

    def close(self) -> None:
        """Finish the writes that wait, checkpoint, and let go of the file."""
        self._writer.close()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # DuckDB checkpoints when the last connection of a file closes.
            self._connection.close()

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
