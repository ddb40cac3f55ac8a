"""Numbered migrations, each in one transaction together with the note that it was made."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from workbench.core.canonical import sha256_hex
from workbench.core.errors import CorruptHomeError, NewerHomeError
from workbench.storage.faults import translate
from workbench.storage.queries import QUERIES

_FILE: Final = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)\.sql", re.ASCII)
MIGRATIONS_DIR: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Migration:
    """One step of the schema; a merged one is never edited.

    Attributes
    ----------
    version : from 1, without gaps.
    name : what it brings.
    sql : its statements.
    """

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The checksum that the home remembers."""
        return sha256_hex(self.sql.encode())


def load_migrations(folder: Path = MIGRATIONS_DIR) -> list[Migration]:
    """Read ``0001_name.sql``, ``0002_…`` in order.

    Raises
    ------
    ValueError
        A file is misnamed, or a number is missing or twice.
    """
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{path.name} is not named like 0001_name.sql")
        text = path.read_text(encoding="utf-8")
        found.append(Migration(int(match["version"]), match["name"], text))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations in {folder.name} are not numbered 1, 2, … without gaps")
    return found


def migrate(
    connection: duckdb.DuckDBPyConnection,
    migrations: list[Migration],
    *,
    path: Path,
    now: datetime,
) -> None:
    """Bring the file to the newest schema, and refuse one that is not a prefix of ours.

    Raises
    ------
    NewerHomeError
        The file has seen a migration that we do not have.
    CorruptHomeError
        A migration the file has seen is not the one we have.
    """
    done = _done(connection)
    _check(done, migrations, path)
    for migration in migrations[len(done) :]:
        connection.begin()
        try:
            connection.execute(migration.sql)
            connection.execute(
                QUERIES["add_migration"].sql,
                {
                    "version": migration.version,
                    "name": migration.name,
                    "sha256": migration.sha256,
                    "applied_at": now,
                },
            )
            connection.commit()
        except duckdb.Error as error:
            _rollback(connection)
            failure = translate(error, path).with_facts(migration=migration.version)
            failure.next_step = failure.next_step or (
                f"the home is as it was: go on with the version that made it; migration "
                f"{migration.version} ({migration.name}) is to be mended"
            )
            raise failure from error


def schema_version(
    connection: duckdb.DuckDBPyConnection, migrations: list[Migration], path: Path
) -> int:
    """Return how many migrations the file has seen; refuses what ``migrate`` refuses."""
    done = _done(connection)
    _check(done, migrations, path)
    return len(done)


def _done(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    [(is_ours,)] = connection.execute(QUERIES["has_migration_table"].sql).fetchall()
    if not is_ours:
        return []
    return connection.execute(QUERIES["migrations"].sql).fetchall()


def _check(done: list[tuple[int, str, str]], migrations: list[Migration], path: Path) -> None:
    if len(done) > len(migrations):
        version, name, _ = done[-1]
        raise NewerHomeError(
            f"{path} has migration {version} ({name}); this version knows {len(migrations)}",
            wanted="a home written by this version of the workbench or an older one",
            next_step="upgrade merit-workbench, or set WORKBENCH_HOME to another folder",
            version=version,
        )
    for (version, name, sha256), ours in zip(done, migrations, strict=False):
        if (version, sha256) != (ours.version, ours.sha256):
            raise CorruptHomeError(
                f"{path} was made with another migration {version} ({name}) than this version has",
                wanted=f"checksum {ours.sha256[:16]}…, not {sha256[:16]}…",
                next_step="use the version that made this home, or a new WORKBENCH_HOME",
                version=version,
            )


def _rollback(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.TransactionException:
        # A commit that fails has already rolled back.
        return
