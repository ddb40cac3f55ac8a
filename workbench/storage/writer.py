"""The one writer: works wait in a queue and are committed in groups."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import duckdb
import pyarrow as pa

from workbench.core.errors import ServerUnavailableError, WorkbenchError
from workbench.storage.faults import translate
from workbench.storage.news import LEDGER, TOPICS, Change, News
from workbench.storage.queries import QUERIES
from workbench.storage.rows import Row, fetch_rows
from workbench.storage.tail import Mark, Tail

# One fsync pays for up to this many works; more would only make the first one wait.
_GROUP_SIZE: Final = 256
_MOST_KEPT: Final = 10_000
_CLEAR: Final = QUERIES["clear_table"].sql


class LogKeeper(Protocol):
    """Whoever answers for the log outside the database."""

    @property
    def origin(self) -> str:
        """Public key of the server whose log it is."""
        ...

    def check(self) -> None:
        """Raise unless the log may grow."""
        ...

    def committed(self, entries: list[bytes]) -> None:
        """Take the entries by which the log grew, oldest first; called in the writer thread."""
        ...


class Transaction:
    """What a work may do inside the writer thread; dead once the work has returned.

    Attributes
    ----------
    now : UTC; the same for every statement of the transaction.
    tail : ends of the tables that only grow; rows are added to them there.
    entries : what it appended to the log.
    has_effects : a statement changed rows of other tables than those that only grow.
    changes : what it changed of all that people are told of.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        tail: Tail,
        path: Path,
        now: datetime,
        keeper: LogKeeper | None = None,
    ) -> None:
        self.now = now
        self.tail = tail
        self.entries: list[bytes] = []
        self.changes: list[Change] = []
        self._keeper = keeper
        self._cursor: duckdb.DuckDBPyConnection | None = cursor
        self._path = path
        self._begun = tail.mark()
        self.has_effects = False
        self._is_flushed = False
        self._failure: WorkbenchError | None = None

    def execute(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a named query and return its rows; none for a statement without ``returning``.

        Raises
        ------
        ConflictError
            A row breaks a constraint; the transaction cannot go on.
        """
        query = QUERIES[name]
        cursor = self._live()
        with self._failing(name):
            self._flush()
            if query.has_effects:
                self._note_change()
                if name in TOPICS:
                    self.changes.append((name, parameters or {}))
            cursor.execute(query.sql, parameters or None)
            return fetch_rows(cursor) if query.has_rows else []

    def read_kept(self, name: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Like ``execute``, from memory while no table changed but those that only grow.

        Parameters
        ----------
        name : a query that only reads, and asks none of those.
        parameters : hashable values.
        """
        key = (name, *sorted(parameters.items()))
        kept = self.tail.kept
        if key not in kept:
            rows = self.execute(name, parameters)
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            kept[key] = rows
        return kept[key]

    def insert_frame(
        self, name: str, frame: pa.Table, parameters: Mapping[str, Any] | None = None
    ) -> None:
        """Run a named query that says ``insert … select … from frame``."""
        cursor = self._live()
        with self._failing(name):
            # Rows that wait go in by the same name.
            self._flush()
        cursor.register("frame", frame)
        try:
            self.execute(name, parameters)
        finally:
            # In an aborted transaction even this fails; the next frame takes the name over.
            with suppress(duckdb.Error):
                cursor.unregister("frame")

    def columns(self, table: str) -> dict[str, str]:
        """Return DuckDB's types of a table's columns, in its order."""
        relation = self._live().table(f"store.{table}")
        return dict(zip(relation.columns, map(str, relation.types), strict=True))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        with self._failing(f"count of {table}"):
            self._flush()
            [count] = self._live().table(f"store.{table}").count("*").fetchall()
        return int(count[0])

    def clear(self, table: str) -> None:
        """Take all rows out of a table, which code names and never a person."""
        sql = _CLEAR.replace("store.look", f"store.{table}")
        self._change(table, lambda cursor: cursor.execute(sql))

    def append(self, table: str, frame: pa.Table) -> None:
        """Add a frame with all columns of a table, in its order."""
        self._change(table, lambda cursor: cursor.from_arrow(frame).insert_into(f"store.{table}"))

    def _change(self, table: str, change: Callable[[duckdb.DuckDBPyConnection], Any]) -> None:
        cursor = self._live()
        with self._failing(f"change of {table}"):
            self._flush()
            self._note_change()
            # Whatever was known of the tables that only grow may have been put in another way.
            self.tail.forget()
            change(cursor)

    @property
    def home(self) -> str | None:
        """Public key of the server whose log this is; None where nobody answers for the log."""
        return None if self._keeper is None else self._keeper.origin

    def logged(self, entries: Iterable[bytes]) -> None:
        """Note what was appended to the log; refused where the log may not grow."""
        if self._keeper is not None:
            self._keeper.check()
        self.entries += entries

    def _note_change(self) -> None:
        self.has_effects = True
        self.tail.kept.clear()

    def _flush(self) -> None:
        self._is_flushed |= self.tail.has_rows_since(self._begun)
        self.tail.flush()

    @contextmanager
    def _failing(self, name: str) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            # Most errors abort DuckDB's transaction, some only the statement: here all do.
            self._failure = translate(error, self._path).with_facts(query=name)
            raise self._failure from error

    def _live(self) -> duckdb.DuckDBPyConnection:
        if self._cursor is None:
            raise WorkbenchError(
                "a transaction was used after its work had returned",
                wanted="rows returned from the work, and the transaction left behind",
            )
        if self._failure is not None:
            raise self._failure
        return self._cursor

    def run(self, work: "Work") -> Any:
        """Run the work once; afterwards nothing can be done in this transaction."""
        try:
            answer = work(self)
        finally:
            self._cursor = None
        if self._failure is not None:
            # Even when the work caught it: half of what was asked cannot be committed.
            raise self._failure
        return answer

    @property
    def is_spoilt(self) -> bool:
        """Whether undoing the work needs a rollback."""
        return self.has_effects or self._is_flushed or self._failure is not None

    def undo(self) -> None:
        """Take back rows that wait; all that a work did which is not spoilt."""
        self.entries.clear()
        self.changes.clear()
        self.tail.undo(self._begun)


Work = Callable[[Transaction], Any]


@dataclass(frozen=True)
class _Pending:
    work: Work
    done: "Future[Any]" = field(default_factory=Future)


class _GroupFailedError(Exception):
    """A work spoilt the transaction it shared with others."""


class Writer:
    """A thread that owns the writing cursor.

    All works that wait are run in one transaction, and their callers are answered after its
    commit. When one of them fails after it changed something, the transaction is rolled back
    and each work is run again in a transaction of its own, so that only the guilty one fails.

    Attributes
    ----------
    keeper : told of every entry that was appended to the log; none until somebody answers for it.
    n_changes : how often tables were changed, other than those that only grow.
    news : told of what each commit changed.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._cursor = cursor
        self._tail = Tail(cursor)
        self._path = path
        self.keeper: LogKeeper | None = None
        self.n_changes = 0
        self.news = News()
        self._queue: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> "Future[Any]":
        """Let the work run; its answer, or what it raised, comes once it is durable."""
        if threading.current_thread() is self._thread:
            raise WorkbenchError(
                "a work tried to write through the database",
                wanted="one transaction: pass it along instead of calling write again",
            )
        pending = _Pending(work)
        with self._lock:
            if self._closed:
                raise ServerUnavailableError(
                    "the database is closed", next_step="repeat the command: the server restarts"
                )
            self._queue.put(pending)
        return pending.done

    def close(self) -> None:
        """Finish what waits, then stop the thread and close its cursor."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()
        self._cursor.close()

    def _run(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._next_group()
            if group and not self._attempt(group):
                for pending in group:
                    self._attempt([pending])

    def _next_group(self) -> tuple[list[_Pending], bool]:
        group: list[_Pending] = []
        pending = self._queue.get()
        while pending is not None:
            group.append(pending)
            if len(group) == _GROUP_SIZE:
                return group, True
            try:
                pending = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _attempt(self, group: list[_Pending]) -> bool:
        """Run works in one transaction and answer them; false when it had to be undone.

        A group of one is always answered.
        """
        begun = self._tail.mark()
        try:
            self._cursor.begin()
            done = self._run_works(group, datetime.now(UTC))
            self._tail.flush()
            self._cursor.commit()
        except _GroupFailedError:
            self._rollback(begun)
            return False
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who waits for it
            self._rollback(begun)
            if len(group) > 1:
                return False
            if isinstance(error, duckdb.Error):
                wrapped = translate(error, self._path)
                wrapped.__cause__ = error
                group[0].done.set_exception(wrapped)
            else:
                group[0].done.set_exception(error)
            return True
        self._tail.settle()
        self.n_changes += done.has_effects
        if done.entries and self.keeper is not None:
            # Before anybody is answered: what was acknowledged stands in the signed head.
            self.keeper.committed(done.entries)
        for pending, answer in zip(group, done.answers, strict=True):
            if isinstance(answer, _Raised):
                pending.done.set_exception(answer.error)
            else:
                pending.done.set_result(answer)
        # Last: nobody who writes waits for those who watch.
        self.news.tell([*done.changes, LEDGER] if done.entries else done.changes)
        return True

    def _run_works(self, group: list[_Pending], now: datetime) -> "_Done":
        done = _Done()
        for pending in group:
            transaction = Transaction(self._cursor, self._tail, self._path, now, self.keeper)
            try:
                done.answers.append(transaction.run(pending.work))
            except BaseException as error:
                if len(group) == 1:
                    raise
                if transaction.is_spoilt or isinstance(error, duckdb.Error):
                    raise _GroupFailedError from error
                # What it did waits in memory, if anything: the others need not be run again.
                transaction.undo()
                done.answers.append(_Raised(error))
            done.entries += transaction.entries
            done.changes += transaction.changes
            done.has_effects |= transaction.has_effects
        return done

    def _rollback(self, begun: Mark) -> None:
        self._tail.undo(begun)
        self._tail.settle()
        self._tail.kept.clear()
        # A failed commit has already rolled back; a dead database says so at its next use.
        with suppress(duckdb.Error):
            self._cursor.rollback()


@dataclass
class _Done:
    answers: list[Any] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    has_effects: bool = False


@dataclass(frozen=True)
class _Raised:
    error: BaseException
