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
OURS = load_migrations()
NEXT = Migration(len(OURS) + 1, "next", "create table store.next (a integer not null);")


def versions(connection: duckdb.DuckDBPyConnection) -> list[int]:
    rows = connection.execute("select version from store.migration order by version").fetchall()
    return [version for (version,) in rows]


def test_migrations_are_made_once(migrated: duckdb.DuckDBPyConnection) -> None:
    ours = load_migrations()
    migrate(migrated, ours, path=HOME, now=NOW)
    assert versions(migrated) == [m.version for m in ours]


def test_a_later_migration_is_made_on_top(migrated: duckdb.DuckDBPyConnection) -> None:
    migrate(migrated, [*OURS, NEXT], path=HOME, now=NOW)
    assert versions(migrated) == [m.version for m in [*OURS, NEXT]]
    assert migrated.execute("select * from store.next").fetchall() == []


def test_a_failing_migration_leaves_the_database_as_it_was(
    migrated: duckdb.DuckDBPyConnection,
) -> None:
    failing = Migration(len(OURS) + 1, "bad", NEXT.sql + " insert into store.next values (null);")
    with pytest.raises(WorkbenchError, match="NOT NULL"):
        migrate(migrated, [*OURS, failing], path=HOME, now=NOW)
    assert versions(migrated) == [m.version for m in OURS]
    with pytest.raises(duckdb.CatalogException):
        migrated.execute("select * from store.next")
    migrate(migrated, [*OURS, NEXT], path=HOME, now=NOW)
    assert versions(migrated) == [m.version for m in [*OURS, NEXT]]


def test_a_home_of_a_newer_version_is_refused(migrated: duckdb.DuckDBPyConnection) -> None:
    ours = load_migrations()
    migrate(migrated, [*ours, NEXT], path=HOME, now=NOW)
    with pytest.raises(NewerHomeError) as refused:
        migrate(migrated, ours, path=HOME, now=NOW)
    assert "next" in refused.value.found
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


def test_studies_of_an_older_home_keep_what_they_knew(empty: duckdb.DuckDBPyConnection) -> None:
    migrate(empty, OURS[:1], path=HOME, now=NOW)
    empty.execute("""
        insert into store.game values ('g', 't', '{}', now());
        insert into store.player values ('g', 0, 'ana', 'r', 1), ('g', 63, 'ben', 's', 2);
        insert into store.evaluation values
            ('g', 1::ubigint << 63, 0, 0.5, [0.5], '7', 'j', 1, now());
        insert into store.study values
            ('s', 'g', 't', 'permutation', 4, '7', 'sealed', [0, 63], 'r', now(), now());
        insert into store.permutation values ('s', 0, [63, 0]);
        insert into store.sealed_value values ('s', 63, 'ben', 2, 0.5, 0.1, 1, 500000000000);
    """)
    migrate(empty, OURS, path=HOME, now=NOW)
    answers = {
        "select coalition, words, utility from evaluation": ("8" + 15 * "0", [2**63], 0.5),
        "select coalitions from store.permutation": (["0", "8" + 15 * "0", "8" + 14 * "0" + "1"],),
        "select low < value and value < high, units from value": (True, 500000000000),
        "select n_replicates, answered_by, converged from study": (1, "permutation", False),
        "select owner from player where position = 63": ("ben",),
    }
    assert {sql: empty.execute(sql).fetchone() for sql in answers} == answers


def test_models_of_an_older_home_stay_and_may_be_of_another_task_too(
    empty: duckdb.DuckDBPyConnection,
) -> None:
    migrate(empty, OURS[:6], path=HOME, now=NOW)
    empty.execute("insert into store.model_version values ('d', 'one', '', 'r', '{}', now())")
    migrate(empty, OURS, path=HOME, now=NOW)
    empty.execute("insert into store.model_version values ('d', 'two', '', 's', '{}', now())")
    found = empty.execute("select task, run from store.model_version order by task").fetchall()
    assert found == [("one", "r"), ("two", "s")]
