"""A home of an older schema is kept before it is upgraded, and a failed upgrade changes nothing."""

import errno
import hashlib
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from workbench.core.errors import CorruptHomeError, DiskFullError, WorkbenchError
from workbench.storage import database as database_module
from workbench.storage import upgrade
from workbench.storage.answers import keep
from workbench.storage.connection import connect
from workbench.storage.database import Database
from workbench.storage.migrate import Migration, load_migrations, migrate
from workbench.storage.upgrade import kept_before_upgrades, open_newest

NOW = datetime(2026, 11, 26, tzinfo=UTC)
OURS = load_migrations()
GOOD = Migration(len(OURS) + 1, "good", "create table store.good (a integer not null);")
BAD = Migration(len(OURS) + 2, "bad", "insert into store.good values (null);")

# Killed at the n-th point at which the upgrade touches a file.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from workbench.storage import database as database_module
from workbench.storage import upgrade
from workbench.storage.migrate import Migration, load_migrations

left = int(sys.argv[2])
def dying(function):
    def call(*args, **kwargs):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call

for name in ("_copy", "connect", "migrate", "_fold", "_keep", "sync_folder"):
    setattr(upgrade, name, dying(getattr(upgrade, name)))
Path.replace = dying(Path.replace)
ours = load_migrations()
good = Migration(len(ours) + 1, "good", "create table store.good (a integer not null);")
upgrade.open_newest(Path(sys.argv[1]), [*ours, good], now=datetime.now(UTC)).close()
print("done")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database of a home with something in it, and its head."""
    path = tmp_path / "home" / "workbench.duckdb"
    database = Database.open(path)
    database.write(lambda tx: keep(tx, "k", "", "1"))
    database.close()
    path.with_name("head.json").write_text("the head")
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def n_migrations(path: Path) -> int:
    with duckdb.connect(path) as connection:
        [(found,)] = connection.execute("select count(*) from store.migration").fetchall()
        assert connection.execute("select key from store.idempotency").fetchall() == [("k",)]
    return int(found)


def test_the_home_as_it_was_is_kept_with_its_head(path: Path) -> None:
    before = digest(path)
    open_newest(path, [*OURS, GOOD], now=NOW).close()
    [kept] = kept_before_upgrades(path.parent)
    assert kept.name == f"schema-{len(OURS):04}-20261126T000000Z"
    assert digest(kept / path.name) == before
    assert (kept / "head.json").read_text() == "the head"
    assert kept.stat().st_mode & 0o077 == 0
    assert n_migrations(path) == len(OURS) + 1
    assert n_migrations(kept / path.name) == len(OURS)


def test_a_new_home_and_one_of_this_schema_keep_nothing(path: Path) -> None:
    Database.open(path).close()
    assert kept_before_upgrades(path.parent) == []


def test_what_waits_in_the_write_ahead_log_is_upgraded_too(path: Path) -> None:
    left = path.with_name("left.duckdb")
    database = Database.open(path)
    database.write(lambda tx: keep(tx, "late", "", "1"))
    left.write_bytes(path.read_bytes())
    left.with_name("left.duckdb.wal").write_bytes(Path(f"{path}.wal").read_bytes())
    database.close()
    open_newest(left, [*OURS, GOOD], now=NOW).close()
    with duckdb.connect(left) as connection:
        found = connection.execute("select key from store.idempotency order by key").fetchall()
    assert found == [("k",), ("late",)]


def test_a_broken_migration_leaves_the_home_as_it_was(path: Path) -> None:
    before = digest(path)
    with pytest.raises(WorkbenchError, match="the home is as it was") as refused:
        open_newest(path, [*OURS, GOOD, BAD], now=NOW)
    assert refused.value.facts["migration"] == BAD.version
    # Not even the migration that worked before the broken one.
    assert digest(path) == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["head.json", path.name]
    Database.open(path).close()


def test_a_full_disk_leaves_the_home_as_it_was(path: Path, request: pytest.FixtureRequest) -> None:
    before = digest(path)
    request.getfixturevalue("little_space")
    with pytest.raises(DiskFullError):
        open_newest(path, [*OURS, GOOD], now=NOW)
    assert digest(path) == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["head.json", path.name]


def test_a_kill_leaves_the_old_home_or_the_new_one(path: Path) -> None:
    seen = set()
    for point in range(1, 30):
        home = path.parent.with_name(f"home-{point}")
        home.mkdir()
        for one in path.parent.iterdir():
            (home / one.name).write_bytes(one.read_bytes())
        copy = home / path.name
        died = subprocess.run(
            [sys.executable, "-c", KILLED, str(copy), str(point)],
            capture_output=True,
            text=True,
            check=False,
        )
        if died.returncode == 0:
            break
        assert died.returncode == -signal.SIGKILL
        seen.add(n_migrations(copy))
        open_newest(copy, [*OURS, GOOD], now=NOW + timedelta(days=1)).close()
        assert n_migrations(copy) == len(OURS) + 1
        assert kept_before_upgrades(home)
        assert not list(home.glob(".*"))
    assert died.stdout == "done\n"
    assert seen == {len(OURS), len(OURS) + 1}


def test_only_the_newest_are_kept(path: Path) -> None:
    more = [
        Migration(len(OURS) + n, f"m{n}", f"create table store.m{n} (a integer);")
        for n in range(1, 6)
    ]
    for n in range(1, 6):
        open_newest(path, [*OURS, *more[:n]], now=NOW + timedelta(days=n)).close()
    found = [one.name for one in kept_before_upgrades(path.parent)]
    assert found == [f"schema-{len(OURS) + n:04}-202611{27 + n:02}T000000Z" for n in (2, 3)] + [
        f"schema-{len(OURS) + 4:04}-20261201T000000Z"
    ]


def test_an_upgrade_from_every_older_schema_works(tmp_path: Path) -> None:
    for n in range(1, len(OURS)):
        older = tmp_path / f"{n}.duckdb"
        connection = connect(older)
        migrate(connection, OURS[:n], path=older, now=NOW)
        connection.close()
        open_newest(older, OURS, now=NOW + timedelta(days=n)).close()
        assert upgrade.schema_version(duckdb.connect(older), OURS, older) == len(OURS)


def test_a_file_that_was_cut_off_anywhere_is_named(path: Path) -> None:
    content = path.read_bytes()
    said = set()
    for size in range(len(content) - 1, 0, -len(content) // 25):
        path.write_bytes(content[:size])
        try:
            Database.open(path).close()
        except CorruptHomeError as error:
            said.add(error.found)
    assert len(said) > 1
    assert all(str(path) in found for found in said)


class TestSnapshot:
    """A copy of the file that a database has open."""

    def test_it_holds_what_is_committed_and_files_beside_it(self, path: Path) -> None:
        folder = path.parent / "copy"
        folder.mkdir()
        database = Database.open(path)
        database.write(lambda tx: keep(tx, "late", "", "1"))
        database.copy_to(folder, path.with_name("head.json"), path.with_name("none.json"))
        database.write(lambda tx: keep(tx, "later", "", "1"))
        database.close()
        assert (folder / "head.json").read_text() == "the head"
        copy = Database.open(folder / path.name)
        found = [copy.read("idempotent_answer", {"key": key}) for key in ("k", "late", "later")]
        copy.close()
        assert [len(rows) for rows in found] == [1, 1, 0]

    def test_a_full_disk_is_said_and_stops_nobody(self, path: Path) -> None:
        folder = path.parent / "copy"
        folder.mkdir()
        database = Database.open(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database_module, "copy_open_file", full)
            with pytest.raises(DiskFullError):
                database.copy_to(folder)
        database.write(lambda tx: keep(tx, "late", "", "1"))
        database.close()


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no space")
