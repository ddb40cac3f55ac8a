"""A backup of a home whose server goes on is whole, is got back, and is refused where it is not."""

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from workbench.client import backups
from workbench.client.backup_folder import BackupFolder
from workbench.client.backups import Backup
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.canonical import content_id
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    CorruptHomeError,
    DiskFullError,
    InvalidInputError,
    NotFoundError,
    SignatureError,
)
from workbench.core.settings import Settings
from workbench.storage.database import Database, Transaction

TRACKING = """
create table experiments (artifact_location text);
create table runs (artifact_uri text);
create table logged_models (artifact_location text);
create table model_versions (storage_location text);
"""


@pytest.fixture(scope="module")
def home(bench: Bench, task: Task, lab: Settings) -> Path:
    """The home, with MLflow's database and an artifact in it."""
    del bench, task
    artifact = lab.artifacts_dir / "1" / "weights.bin"
    artifact.parent.mkdir(parents=True)
    artifact.write_bytes(b"weights")
    with closing(sqlite3.connect(lab.home / "mlflow" / "mlflow.db")) as connection, connection:
        connection.executescript(TRACKING)
        connection.execute("insert into runs values (?)", [artifact.parent.as_uri()])
        connection.execute("insert into experiments values ('s3://elsewhere')")
    return lab.home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture(scope="module")
def backup(bench: Bench, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A backup that tests copy before they spoil it."""
    del home
    return bench.backup(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def opened(lab: Settings, tmp_path: Path) -> Iterator[Bench]:
    """A bench on the home that a test restores."""
    settings = replace(lab, home=tmp_path / "restored")
    with Transport(settings) as transport:
        yield Bench(transport, lab.keys_dir, "sponsor", settings=settings, make_display=Silent)
    stop_server(settings)


def grant(values: dict[str, Any], tx: Transaction) -> None:
    tx.execute("insert_access_token", values | {"now": tx.now})


def spoilt(backup: Backup, folder: Path) -> Path:
    """Return a copy of a backup's folder."""
    for path in backup.path.parent.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(backup.path.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return folder


def blob_of(backup: Backup, folder: Path, path: str) -> Path:
    sha256, _ = backup.manifest.files[path]
    return folder / "blobs" / sha256[:2] / sha256[2:]


class TestThereAndBack:
    """What is restored is what was backed up."""

    def test_the_restored_home_says_the_same_and_verifies(
        self, bench: Bench, backup: Backup, opened: Bench, home: Path
    ) -> None:
        assert opened.settings is not None
        found = Bench.restore(backup.path.parent, opened.settings.home)
        assert found.lost is None
        checked = opened.verify(files=True)
        assert checked.is_whole
        # The backup's own job is over, there too.
        jobs = opened.jobs()
        assert set(jobs[jobs.verb == "backup"].state) == {"cancelled"}
        assert not (opened.settings.home / "snapshots").exists()
        assert checked.result["origin"] == backup.manifest.origin
        assert checked.result["root"] == backup.manifest.root
        for statement in (
            "select * from record order by seq",
            "select * from balance order by account",
            "select * from contribution order by id",
        ):
            assert opened.sql(statement).equals(bench.sql(statement))
        [log] = [check for check in opened.doctor().checks if check.name == "log"]
        assert f"from a backup of {backup.manifest.size} entries" in log.found
        # Both are the same home: as long as the first is there, nobody signs in the second, too.
        with pytest.raises(ConflictError, match="has the key of the one in"):
            opened.task("clouds").fund("5", sign=True)
        # It is a home like any other: it takes in what comes, such as from another machine.
        assert opened.settings is not None
        keys = opened.settings.home.parent / "keys elsewhere"
        shutil.copytree(opened.settings.keys_dir, keys, ignore=lambda *_: ["homes.json"])
        elsewhere = Bench(
            opened.api.connection, keys, "sponsor", settings=opened.settings, make_display=Silent
        )
        elsewhere.task("clouds").fund("5", sign=True)
        assert opened.verify(files=True).is_whole
        tracking = opened.settings.home / "mlflow" / "mlflow.db"
        with closing(sqlite3.connect(tracking)) as connection:
            [(uri,)] = connection.execute("select artifact_uri from runs").fetchall()
            [(other,)] = connection.execute("select artifact_location from experiments").fetchall()
        assert uri == (opened.settings.home / "mlflow" / "artifacts" / "1").as_uri()
        assert (opened.settings.home / "mlflow" / "artifacts" / "1" / "weights.bin").is_file()
        assert other == "s3://elsewhere"
        assert (home / "mlflow" / "artifacts" / "1" / "weights.bin").is_file()

    def test_only_what_is_new_is_copied(self, bench: Bench, task: Task, folder: Path) -> None:
        first = bench.backup(folder)
        assert first.n_new_bytes == first.manifest.n_bytes - sum(
            size * (n - 1)
            for (_, size), n in {
                one: list(first.manifest.files.values()).count(one)
                for one in first.manifest.files.values()
            }.items()
        )
        task.fund("7", sign=True)
        second = bench.backup(folder)
        assert second.n_new_bytes is not None
        unchanged = {
            path
            for path, one in second.manifest.files.items()
            if first.manifest.files.get(path) == one
        }
        assert {path for path in second.manifest.files if path.startswith("blobs/")} <= unchanged
        assert second.manifest.size > first.manifest.size
        assert Bench.check_backup(folder).manifest == second.manifest
        assert Bench.check_backup(first.path).manifest == first.manifest

    def test_nobody_else_can_read_it_and_nothing_is_left_in_the_home(
        self, bench: Bench, home: Path, folder: Path
    ) -> None:
        folder.mkdir(mode=0o755)
        bench.backup(folder)
        assert folder.stat().st_mode & 0o077 == 0
        assert [p for p in folder.rglob("*") if p.is_file() and p.name[0] != "."]
        files = [p for p in (folder / "blobs").rglob("*") if p.is_file()]
        assert all(p.stat().st_mode & 0o077 == 0 for p in files)
        assert list((home / "snapshots").iterdir()) == []

    def test_a_backup_while_others_write_holds_one_moment(
        self, bench: Bench, task: Task, folder: Path, opened: Bench
    ) -> None:
        going_on = threading.Event()
        written: list[str] = []

        def write() -> None:
            while not going_on.is_set():
                task.fund("1", nonce=f"while-{len(written)}", sign=True)
                written.append("")

        thread = threading.Thread(target=write)
        thread.start()
        try:
            made = [bench.backup(folder) for _ in range(3)]
        finally:
            going_on.set()
            thread.join()
        assert [one.manifest.size for one in made] == sorted(one.manifest.size for one in made)
        assert made[0].manifest.size < made[-1].manifest.size
        assert opened.settings is not None
        Bench.restore(made[1].path, opened.settings.home)
        assert opened.verify(files=True).result["size"] == made[1].manifest.size

    def test_the_lock_of_the_database_survives_a_backup(
        self, bench: Bench, home: Path, folder: Path
    ) -> None:
        bench.backup(folder)
        program = "import duckdb, sys; duckdb.connect(sys.argv[1])"
        command = [sys.executable, "-c", program, str(home / "workbench.duckdb")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "lock" in done.stderr

    def test_a_home_opens_though_its_mlflow_is_broken(self, backup: Backup, opened: Bench) -> None:
        assert opened.settings is not None
        Bench.restore(backup.path, opened.settings.home)
        (opened.settings.home / "mlflow" / "mlflow.db").write_bytes(b"broken")
        assert opened.verify(files=True).is_whole

    def test_an_older_backup_says_how_much_is_lost(
        self, bench: Bench, task: Task, home: Path, folder: Path, opened: Bench
    ) -> None:
        made = bench.backup(folder)
        task.fund("3", nonce="lost", sign=True)
        assert opened.settings is not None
        found = Bench.restore(folder, opened.settings.home, head=home / "head.json")
        assert found.lost == 2
        assert "2 entries that were signed after it are lost" in repr(found)
        [log] = [check for check in opened.doctor().checks if check.name == "log"]
        assert log.found.endswith(f"from a backup of {made.manifest.size} entries, 2 were lost")

    def test_no_token_of_before_opens_a_restored_home(self, backup: Backup, opened: Bench) -> None:
        assert opened.settings is not None
        restored = opened.settings.home
        Bench.restore(backup.path, restored)
        # The module's home is of one person: its tokens are put in as a team's would be.
        database = Database.open(restored / "workbench.duckdb")
        for name in ("a", "b"):
            values = {"sha256": name * 64, "principal": "eva"}
            database.write(
                lambda tx, v=values: tx.execute("insert_access_token", v | {"now": tx.now})
            )
        database.close()
        assert set(opened.access().revoked_at.isna()) == {False}
        stop_server(opened.settings)
        database = Database.open(restored / "workbench.duckdb")
        values = {"sha256": "c" * 64, "principal": "eva"}
        database.write(partial(grant, values))
        database.close()
        # Only once: what is granted afterwards stays.
        assert list(opened.access().revoked_at.isna()) == [False, False, True]


class TestRefused:
    """What is not whole, or would do harm."""

    @pytest.mark.parametrize("change", ["cut", "flip", "delete"])
    @pytest.mark.parametrize("path", ["workbench.duckdb", "head.json", "server.key"])
    def test_a_damaged_file_is_named_and_no_home_is_left(
        self, backup: Backup, tmp_path: Path, folder: Path, path: str, change: str
    ) -> None:
        place = blob_of(backup, spoilt(backup, folder), path)
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 4
        place.unlink()
        if change != "delete":
            place.write_bytes(content if change == "flip" else content[:-1])
        for act in (
            lambda: Bench.restore(folder, tmp_path / "restored"),
            lambda: Bench.check_backup(folder),
        ):
            with pytest.raises(CorruptBundleError, match=f"file {path} ") as refused:
                act()
            assert str(place) in refused.value.found
        assert [one.name for one in tmp_path.iterdir()] == ["backups"]

    @pytest.mark.parametrize("text", ["", "{}", '{"backup": {}, "sha256": ""}', "[1]"])
    def test_a_list_that_is_none(self, backup: Backup, folder: Path, text: str) -> None:
        spoilt(backup, folder)
        (folder / backup.path.name).write_text(text)
        with pytest.raises(CorruptBundleError, match="is not as it was written"):
            Bench.restore(folder, folder.with_name("restored"))

    @pytest.mark.parametrize(
        "name", ["../escaped", "/tmp/escaped", "blobs/../../escaped", "bin/sh", ""]
    )
    def test_a_list_that_leads_elsewhere(self, backup: Backup, folder: Path, name: str) -> None:
        spoilt(backup, folder)
        path = folder / backup.path.name
        body = json.loads(path.read_text())["backup"]
        body["files"][name] = body["files"]["head.json"]
        path.write_text(json.dumps({"backup": body, "sha256": content_id(body)}))
        with pytest.raises(CorruptBundleError, match="names"):
            Bench.restore(folder, folder.with_name("restored"))
        assert [one.name for one in folder.parent.iterdir()] == ["backups"]

    def test_a_link_in_place_of_a_file(self, backup: Backup, folder: Path) -> None:
        place = blob_of(backup, spoilt(backup, folder), "head.json")
        elsewhere = folder.with_name("elsewhere")
        place.rename(elsewhere)
        place.symlink_to(elsewhere)
        with pytest.raises(CorruptBundleError, match=r"head\.json"):
            Bench.restore(folder, folder.with_name("restored"))

    def test_a_home_that_is_there(self, backup: Backup, home: Path, tmp_path: Path) -> None:
        before = sorted(home.rglob("*"))
        for place in (home, tmp_path / "file", tmp_path / "link"):
            if place.name == "file":
                place.write_text("")
            if place.name == "link":
                place.symlink_to(tmp_path / "nowhere")
            with pytest.raises(ConflictError, match="is there already"):
                Bench.restore(backup.path, place)
        assert sorted(home.rglob("*")) == before

    def test_a_folder_of_something_else(self, bench: Bench, home: Path, tmp_path: Path) -> None:
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(ConflictError, match="holds other files"):
            bench.backup(tmp_path)
        with pytest.raises(InvalidInputError, match="lies in the home"):
            bench.backup(home / "blobs")
        with pytest.raises(NotFoundError, match="there is no backup"):
            Bench.restore(tmp_path, tmp_path / "restored")
        with pytest.raises(NotFoundError, match="there is no backup"):
            Bench.restore(tmp_path / "none.json", tmp_path / "restored")

    @pytest.mark.parametrize("text", ["", "{}", "[]"])
    def test_a_head_that_is_none(self, backup: Backup, tmp_path: Path, text: str) -> None:
        (tmp_path / "head.json").write_text(text)
        with pytest.raises(SignatureError):
            Bench.restore(backup.path, tmp_path / "restored", head=tmp_path / "head.json")
        assert not (tmp_path / "restored").exists()

    def test_a_damaged_blob_is_not_backed_up(self, bench: Bench, home: Path, folder: Path) -> None:
        [sha256] = set(bench.sql("select file_sha256 from contribution limit 1")["file_sha256"])
        place = home / "blobs" / "sha256" / sha256[:2] / sha256[2:]
        before = place.read_bytes()
        place.chmod(0o600)
        try:
            place.write_bytes(before[:-1] + b"?")
            with pytest.raises(CorruptHomeError, match="hashes to") as refused:
                bench.backup(folder)
            assert str(place) in refused.value.found
            place.unlink()
            with pytest.raises(CorruptHomeError, match="is missing"):
                bench.backup(folder)
        finally:
            place.write_bytes(before)
        assert not [one for one in folder.glob("*.json") if one.name != "backups.json"]
        assert bench.backup(folder).manifest.files


class TestStopped:
    """A backup that does not come to its end."""

    def test_a_full_disk_is_said_and_the_next_backup_goes_on(
        self, bench: Bench, folder: Path, request: pytest.FixtureRequest
    ) -> None:
        # The server has space; this process has not.
        request.getfixturevalue("little_space")
        with pytest.raises(DiskFullError, match="no space is left"):
            bench.backup(folder)
        assert not list(folder.rglob("*.partial"))
        assert not [one for one in folder.glob("*.json") if one.name != "backups.json"]

    def test_an_interrupted_one_is_none(
        self, bench: Bench, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put, left = BackupFolder.put, iter(range(3))

        def stopping(self: BackupFolder, *args: object) -> object:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return put(self, *args)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(BackupFolder, "put", stopping)
            with pytest.raises(KeyboardInterrupt) as stopped:
                bench.backup(folder)
        assert stopped.value.__notes__ == [backups._STOPPED]
        assert list((home / "snapshots").iterdir()) == []
        with pytest.raises(NotFoundError):
            Bench.check_backup(folder)
        whole = bench.backup(folder)
        assert whole.n_new_bytes is not None
        assert whole.n_new_bytes < whole.manifest.n_bytes
