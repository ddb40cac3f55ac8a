"""Several queries that see the same moment, while others go on writing."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from workbench.storage.faults import translate
from workbench.storage.queries import QUERIES
from workbench.storage.rows import Row, rows_of

_N_ROWS: Final = 5_000


class Snapshot:
    """The database as it was when the snapshot began; used by one thread.

    Parameters
    ----------
    cursor : in a read-only transaction.
    path : of the file, for messages.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._cursor = cursor
        self._path = path

    def stream(
        self, name: str, parameters: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, str], Iterator[Row]]:
        """Run a named query; return DuckDB's types by column, and the rows as they are read.

        Only one stream of a snapshot may be open at a time.
        """
        try:
            self._cursor.execute(QUERIES[name].sql, parameters or None)
        except duckdb.Error as error:
            raise translate(error, self._path).with_facts(query=name) from error
        description = self._cursor.description or ()
        return {str(column): str(kind) for column, kind, *_ in description}, self._rows()

    def read(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Run a named query and return its rows."""
        return list(self.stream(name, parameters)[1])

    def _rows(self) -> Iterator[Row]:
        while found := self._cursor.fetchmany(_N_ROWS):
            yield from rows_of(self._cursor, found)
