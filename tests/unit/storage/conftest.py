"""A migrated database in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from workbench.storage.migrate import load_migrations, migrate

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def migrated(empty: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    migrate(empty, load_migrations(), path=Path("memory"), now=NOW)
    return empty


@pytest.fixture(scope="session")
def schema_only() -> Iterator[duckdb.DuckDBPyConnection]:
    """A migrated database for tests that change nothing in it."""
    with duckdb.connect() as connection:
        migrate(connection, load_migrations(), path=Path("memory"), now=NOW)
        yield connection
