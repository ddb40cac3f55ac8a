"""A real database file, closed at the end of a test."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.storage.database import Database, Transaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "workbench.duckdb"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database.open(path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for tests that only read, or write under names of their own."""
    opened = Database.open(tmp_path_factory.mktemp("shared") / "workbench.duckdb")
    yield opened
    opened.close()


def keep(transaction: Transaction, key: str, response: str = "{}") -> str:
    """Write one row under a key that must be new."""
    row = {"key": key, "request_sha256": "a" * 64, "response": response}
    frame = pa.Table.from_pylist([row | {"created_at": transaction.now}])
    transaction.insert_frame("insert_idempotent_answers", frame)
    return key
