"""One SELECT by a stranger: what it may name, and how long and how much it may take.

DuckDB knows no users and no grants. The instance is already locked down (no files, no
extensions, no settings), so what is left to guard are the tables of schema ``store`` and the
functions that look into the engine. The statement is parsed by DuckDB itself and every node of
its tree must be on a list; what is on no list is refused.
"""

import json
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from workbench.core.errors import (
    QueryRefusedError,
    TimeLimitError,
    TooLargeError,
    WorkbenchError,
)
from workbench.storage.faults import translate
from workbench.storage.queries import QUERIES

_MAX_STATEMENT: Final = 20_000
_MAX_ANSWER_BYTES: Final = 64 * 2**20
_MAX_DEPTH: Final = 100
_MAX_WITH: Final = 5
_WITH: Final = re.compile(r"(?<![a-z_])with(?![a-z0-9_])", re.IGNORECASE)
_PARSE_SECONDS: Final = 2.0
_BATCH_ROWS: Final = 2048
_WATCH_SECONDS: Final = 0.02
_MAX_GROWTH_BYTES: Final = 3 * 2**30
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest"})
# INSERT, UPDATE and DELETE nodes may hide in a CTE: they, SHOW and new kinds are not listed.
_NODES: Final = frozenset(
    {
        *("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"),
        *("BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"),
        *("ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"),
        *("ORDER_DEFAULT", "ASCENDING", "DESCENDING"),
    }
)
_EXPRESSIONS: Final = frozenset(
    {
        *("COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE"),
        *("CAST", "BETWEEN", "SUBQUERY", "WINDOW", "STAR", "LAMBDA", "LAMBDA_REF", "PARAMETER"),
        *("COLLATE", "POSITIONAL_REFERENCE", "TYPE"),
    }
)


@dataclass(frozen=True)
class Published:
    """What a statement may name.

    Attributes
    ----------
    views : names of the published views.
    unpublished : every other relation that has a name; no CTE may borrow one of these,
        since outside its scope the name would mean the real one.
    functions : lower-case names of functions that depend on their arguments alone.
    """

    views: frozenset[str]
    unpublished: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> "Published":
        """Read the lists from a migrated database."""
        views, unpublished, functions = (
            frozenset(str(name) for (name,) in connection.execute(QUERIES[query].sql).fetchall())
            for query in ("published_views", "unpublished_names", "plain_functions")
        )
        return cls(views, unpublished, functions)

    def refuse(self, found: str) -> QueryRefusedError:
        """Return the error that says what was found and what may be read."""
        views = sorted(self.views)
        return QueryRefusedError(
            found,
            wanted="one SELECT over the published views",
            next_step=f"read from {', '.join(views)}",
            views=views,
        )


def run_select(
    cursor: duckdb.DuckDBPyConnection,
    published: Published,
    statement: str,
    parameters: Sequence[Any],
    *,
    max_rows: int,
    max_seconds: float,
    deadline: float,
    path: Path,
) -> pa.Table:
    """Check a statement and run it in a read-only transaction of its own cursor.

    Raises
    ------
    QueryRefusedError
        It is not one SELECT, names something that is not published, or does not bind.
    TimeLimitError
        It was not done at the ``deadline`` (monotonic clock) and was interrupted.
    TooLargeError
        It has more than ``max_rows`` rows, or more bytes than may be answered.
    """
    with _Limits(cursor, max_seconds, deadline) as limits:
        try:
            check_select(cursor, published, statement)
            cursor.execute(QUERIES["begin_read_only"].sql)
            return _fetch(cursor, statement, parameters, max_rows)
        except duckdb.Error as error:
            raise _explain(error, published, path, limits) from error


def check_select(cursor: duckdb.DuckDBPyConnection, published: Published, statement: str) -> None:
    """Raise QueryRefusedError unless the statement is one SELECT of published things."""
    if len(statement) > _MAX_STATEMENT:
        raise published.refuse(f"the statement has {len(statement)} characters")
    if "\0" in statement or any("\ud800" <= character <= "\udfff" for character in statement):
        raise published.refuse("the statement holds a NUL or half a character")
    if _depth(statement) > _MAX_DEPTH:
        raise published.refuse(f"the statement has more than {_MAX_DEPTH} brackets in each other")
    # DuckDB 2.0 needs seven times as long to refuse each further WITH inside a WITH: eight of
    # them 4 s, twelve of them hours, and nothing can end it.
    # Names such as mean_with are no WITH.
    if len(_WITH.findall(statement)) > _MAX_WITH:
        raise published.refuse(f"the statement says 'with' more than {_MAX_WITH} times")
    started = time.monotonic()
    tree = _parse(cursor, published, statement)
    # Running it parses it again, then in a step that stops every other thread of Python.
    if time.monotonic() - started > _PARSE_SECONDS:
        raise published.refuse("the statement takes too long to parse")
    _check_tree(tree, published)


def _depth(statement: str) -> int:
    # Brackets in strings count too: that refuses at worst a statement nobody writes.
    steps = ({"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(c, 0) for c in statement)
    return max(accumulate(steps), default=0)


def _parse(cursor: duckdb.DuckDBPyConnection, published: Published, statement: str) -> Any:
    cursor.execute(QUERIES["statement_tree"].sql, {"statement": statement})
    [(text,)] = cursor.fetchall()
    try:
        answer = json.loads(text)
    except RecursionError:
        raise published.refuse("the statement is nested too deeply") from None
    if answer["error"]:
        raise published.refuse(f"DuckDB cannot read it: {answer.get('error_message', '')}")
    if len(answer["statements"]) != 1:
        raise published.refuse(f"the text holds {len(answer['statements'])} statements")
    return answer["statements"][0]


def _check_tree(tree: Any, published: Published) -> None:
    nodes = [node for node in _walk(tree) if isinstance(node, dict)]
    local = {
        str(entry["key"]).lower()
        for node in nodes
        for entry in (node.get("cte_map") or {}).get("map", [])
    }
    if borrowed := local & published.unpublished:
        raise published.refuse(f"{min(borrowed)!r} is not a name for a part of a statement")
    read_from = {id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"}
    for node in nodes:
        _check_node(node, published, local)
        if "function_name" in node:
            allowed = _TABLE_FUNCTIONS if id(node) in read_from else published.functions
            _check_function(node, allowed, published)


def _walk(tree: Any) -> Iterator[Any]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _check_node(node: dict[str, Any], published: Published, local: set[str]) -> None:
    kind = node.get("type")
    if "class" in node:
        if node["class"] not in _EXPRESSIONS:
            raise published.refuse(f"{node['class']} is no expression to read with")
    elif isinstance(kind, str) and kind not in _NODES:
        raise published.refuse(f"a {kind} is no way to read")
    if kind == "BASE_TABLE":
        _check_table(node, published, local)


def _check_table(node: dict[str, Any], published: Published, local: set[str]) -> None:
    path = [str(part) for part in node["qualified_name"]["path"]]
    views = {view.lower() for view in published.views}
    match [part.lower() for part in path]:
        case [name] if name in views or name in local:
            return
        case ["main", name] if name in views:
            return
    raise published.refuse(f"{'.'.join(path)} is no published view")


def _check_function(node: dict[str, Any], allowed: frozenset[str], published: Published) -> None:
    path = [str(part) for part in node["qualified_name"]["path"]]
    if len(path) != 1 or path[0].lower() not in allowed:
        raise published.refuse(f"{'.'.join(path)}() is not among the functions to read with")


def _fetch(
    cursor: duckdb.DuckDBPyConnection, statement: str, parameters: Sequence[Any], max_rows: int
) -> pa.Table:
    relation = cursor.sql(statement, params=list(parameters) or None)
    reader = relation.limit(max_rows + 1).to_arrow_reader(_BATCH_ROWS)
    batches, n_rows, n_bytes = [], 0, 0
    for batch in reader:
        batches.append(batch)
        n_rows += batch.num_rows
        n_bytes += batch.nbytes
        if n_rows > max_rows:
            raise TooLargeError(
                f"the answer has more than {max_rows} rows",
                wanted=f"at most {max_rows} rows",
                next_step="aggregate, or add a limit",
                max_rows=max_rows,
            )
        if n_bytes > _MAX_ANSWER_BYTES:
            raise TooLargeError(
                f"the answer has more than {_MAX_ANSWER_BYTES} bytes",
                wanted=f"at most {_MAX_ANSWER_BYTES} bytes",
                next_step="select fewer columns, or aggregate",
            )
    return pa.Table.from_batches(batches, schema=reader.schema)


class _Limits:
    """Ends a statement that takes too long or makes the process grow too much.

    DuckDB counts what it keeps between steps against its memory limit, but not the vectors and
    strings inside one: a statement can take all memory of the machine in spite of it.
    """

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, max_seconds: float, deadline: float
    ) -> None:
        self.max_seconds = max_seconds
        self._deadline = deadline
        self.exceeded = ""
        self._cursor = cursor
        self._finished = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="select-watcher", daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finished.set()
        self._watcher.join()

    def _watch(self) -> None:
        most_bytes = _resident_bytes() + _MAX_GROWTH_BYTES
        while not self._finished.wait(_WATCH_SECONDS):
            if time.monotonic() > self._deadline:
                self.exceeded = self.exceeded or "time"
            elif _resident_bytes() > most_bytes:
                self.exceeded = self.exceeded or "memory"
            if self.exceeded:
                # Again and again: an interrupt between two statements is forgotten by the next.
                self._cursor.interrupt()


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm")
    # Without /proc, on macOS, only DuckDB's own limit holds.
    return int(statm.read_text().split()[1]) * _PAGE_BYTES if statm.exists() else 0


def _explain(
    error: duckdb.Error, published: Published, path: Path, limits: _Limits
) -> WorkbenchError:
    if limits.exceeded == "time":
        return TimeLimitError(
            f"the statement took longer than {limits.max_seconds:g} s and was ended",
            wanted="a statement that answers sooner",
            next_step="read fewer rows, or aggregate before joining",
            max_seconds=limits.max_seconds,
        )
    if limits.exceeded == "memory" or isinstance(error, duckdb.OutOfMemoryException):
        return TooLargeError(
            "the statement needs more memory than it may have",
            wanted="a smaller intermediate result",
            next_step="filter or aggregate before joining",
        )
    if isinstance(error, duckdb.ProgrammingError | duckdb.DataError | duckdb.NotSupportedError):
        return published.refuse(str(error))
    return translate(error, path)
