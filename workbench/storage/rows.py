"""From DuckDB's answers to Python values."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import duckdb

Row = dict[str, Any]
_AWARE: Final = "TIMESTAMP WITH TIME ZONE"


def fetch_rows(cursor: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return what the cursor's last statement answered, as dicts.

    Integers of any width are ``int``, ``timestamptz`` is a datetime in ``datetime.UTC``,
    lists are ``list``.
    """
    return rows_of(cursor, cursor.fetchall())


def rows_of(cursor: duckdb.DuckDBPyConnection, found: Iterable[tuple[Any, ...]]) -> list[Row]:
    """Return rows that were fetched from the cursor; see ``fetch_rows``."""
    columns = [(str(name), str(kind) == _AWARE) for name, kind, *_ in cursor.description or ()]
    return [
        {
            name: _utc(value) if is_aware else value
            for (name, is_aware), value in zip(columns, row, strict=True)
        }
        for row in found
    ]


def _utc(value: datetime | None) -> datetime | None:
    # The instance's time zone is UTC, so only the tzinfo's class changes, from pytz's.
    return None if value is None else value.replace(tzinfo=UTC)
