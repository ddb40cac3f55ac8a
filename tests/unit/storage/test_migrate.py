from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from workbench.core.errors import CorruptHomeError, NewerHomeError, WorkbenchError
from workbench.storage.migrate import Migration, load_migrations, migrate
from workbench.storage.schema import schema

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOME = Path("home")
SECOND = Migration(2, "second", "create table store.second (a integer not null);")


def versions(connection: duckdb.DuckDBPyConnection) -> list[int]:
    rows = connection.execute("select version from store.migration order by version").fetchall()
    return [version for (version,) in rows]


def test_migrations_are_made_once(migrated: duckdb.DuckDBPyConnection) -> None:
    ours = load_migrations()
    migrate(migrated, ours, path=HOME, now=NOW)
    assert versions(migrated) == [m.version for m in ours]


def test_a_later_migration_is_made_on_top(migrated: duckdb.DuckDBPyConnection) -> None:
    first = load_migrations()[:1]
    migrate(migrated, [*first, SECOND], path=HOME, now=NOW)
    assert versions(migrated) == [1, 2]
    assert migrated.execute("select * from store.second").fetchall() == []


def test_a_failing_migration_leaves_the_database_as_it_was(
    migrated: duckdb.DuckDBPyConnection,
) -> None:
    failing = Migration(2, "bad", SECOND.sql + " insert into store.second values (null);")
    with pytest.raises(WorkbenchError, match="NOT NULL"):
        migrate(migrated, [*load_migrations()[:1], failing], path=HOME, now=NOW)
    assert versions(migrated) == [1]
    with pytest.raises(duckdb.CatalogException):
        migrated.execute("select * from store.second")
    migrate(migrated, [*load_migrations()[:1], SECOND], path=HOME, now=NOW)
    assert versions(migrated) == [1, 2]


def test_a_home_of_a_newer_version_is_refused(migrated: duckdb.DuckDBPyConnection) -> None:
    ours = load_migrations()
    migrate(migrated, [*ours, SECOND], path=HOME, now=NOW)
    with pytest.raises(NewerHomeError) as refused:
        migrate(migrated, ours, path=HOME, now=NOW)
    assert "second" in refused.value.found
    assert "upgrade" in refused.value.next_step


def test_an_edited_migration_is_refused(migrated: duckdb.DuckDBPyConnection) -> None:
    first, *rest = load_migrations()
    edited = replace(first, sql=first.sql + "-- edited")
    with pytest.raises(CorruptHomeError, match="migration 1 "):
        migrate(migrated, [edited, *rest], path=HOME, now=NOW)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["0001_a.sql", "0003_b.sql"], "without gaps"),
        (["0001_a.sql", "0001_b.sql"], "without gaps"),
        (["0002_a.sql"], "without gaps"),
        (["1_a.sql"], "not named like"),
        (["0001_A b.sql"], "not named like"),
    ],
)
def test_misnumbered_files_end_the_start(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        (tmp_path / name).write_text("select 1;")
    with pytest.raises(ValueError, match=message):
        load_migrations(tmp_path)


def test_schema_file_says_what_all_migrations_give(request: pytest.FixtureRequest) -> None:
    written = request.config.rootpath / "workbench" / "storage" / "schema.sql"
    assert written.read_text(encoding="utf-8") == schema()


def test_schema_file_makes_the_same_schema(request: pytest.FixtureRequest) -> None:
    written = request.config.rootpath / "workbench" / "storage" / "schema.sql"
    whole = Migration(1, "whole", written.read_text(encoding="utf-8"))
    assert schema([whole]) == schema()
