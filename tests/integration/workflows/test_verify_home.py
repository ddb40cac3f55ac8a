"""A home is whole, or the first bad entry of it is named: real files, damaged behind its back."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import VerifyRequest
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage import head as head_file
from workbench.storage import log
from workbench.storage.database import Database
from workbench.storage.ledger import write_entry
from workbench.workflows import doctor, verify_home
from workbench.workflows.audit import Audit
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

N_LOGGED = 10
# 0 sponsor, 1 task, 2 funding, 3 its entry
# 4 ana, 5 consent, 6 contribution, 7 funding, 8 its entry, 9 move
FUNDING, FUNDED, CONTRIBUTION, MOVED = 2, 3, 6, 9


def settings_at(home: Path) -> Settings:
    return Settings.from_environment(
        {
            "WORKBENCH_HOME": str(home),
            "WORKBENCH_CACHE": str(home.parent / "cache"),
            "WORKBENCH_KEYS": str(home.parent / "keys"),
            "WORKBENCH_TRACKING_URI": "http://127.0.0.1:9",
        }
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return copies of a home's folder: as it was ``earlier``, and ``now``."""
    root = tmp_path_factory.mktemp("written")
    lab = Lab(Home.open(settings_at(root / "home")))
    lab.open_task()
    lab.fund(1000)
    lab.home.close()
    shutil.copytree(root / "home", root / "earlier")
    lab = Lab(Home.open(settings_at(root / "home")), lab.keys)
    lab.contribute("ana", make_rows(20, 1))
    lab.fund(500, nonce="2")
    move = [Posting("pool:clouds", "user:ana", 300)]
    lab.home.database.write(lambda tx: write_entry(tx, "m", move, kind="payout", reason="a test"))
    lab.home.close()
    return {"earlier": root / "earlier", "now": root / "home"}


@pytest.fixture
def folder(written: dict[str, Path], tmp_path: Path) -> Path:
    """Return a copy of the home that the test may spoil."""
    return Path(shutil.copytree(written["now"], tmp_path / "home"))


@pytest.fixture
def open_home() -> Iterator[Callable[[Path], Home]]:
    """Return a function that opens a home until the test is over."""
    opened: list[Home] = []

    def open_it(folder: Path) -> Home:
        opened.append(Home.open(settings_at(folder)))
        return opened[-1]

    yield open_it
    for home in opened:
        home.close()


def damage(folder: Path, *statements: str) -> None:
    with duckdb.connect(folder / "workbench.duckdb") as connection:
        for statement in statements:
            connection.execute(statement)


def rows(folder: Path, statement: str) -> list[Any]:
    with duckdb.connect(folder / "workbench.duckdb") as connection:
        return connection.execute(statement).fetchall()


def verified(home: Home, *, files: bool = False) -> dict[str, Any]:
    report = Report("test", publish=lambda _: None, cancelled=lambda: False)
    return verify_home.check(home, {"files": files}, report)


def first_bad(home: Home, **options: Any) -> tuple[str, int | None, str]:
    found = verified(home, **options)
    assert found["state"] == "damaged"
    assert [step["state"] for step in found["steps"]].count("bad") == 1
    bad = found["first_bad"]
    return bad["step"], bad["seq"], bad["found"]


def refuses(home: Home) -> bool:
    """Say whether the home takes nothing in, but can be read, and the doctor sees it."""
    assert {check.name: check.state for check in doctor.checks(home)}["log"] == "failed"
    assert home.database.read("tasks", {"id": "clouds"}) or not home.database.read("last_record")
    move = [Posting(TREASURY, "user:ana", 1)]
    try:
        home.database.write(lambda tx: write_entry(tx, "new", move, kind="test", reason="r"))
    except CorruptHomeError:
        return True
    return False


class TestWhole:
    """What nobody touched verifies, however it came to be."""

    def test_every_step_has_its_tick(self, folder: Path, open_home: Any) -> None:
        home = open_home(folder)
        assert {check.name: check.state for check in doctor.checks(home)}["log"] == "ok"
        found = verified(home, files=True)
        assert (found["state"], found["first_bad"], found["size"]) == ("verified", None, N_LOGGED)
        assert [step["state"] for step in found["steps"]] == ["verified"] * 5
        assert [step["step"] for step in found["steps"]] == [
            "log",
            "head",
            "ledger",
            "keys",
            "files",
        ]
        head = Envelope.from_json(json.loads((folder / "head.json").read_text())).verify()
        assert (head.kind, head.body["size"]) == ("head", N_LOGGED)
        assert head.body["root"] == found["root"]

    def test_an_upgrade_is_named_by_the_doctor(self, folder: Path, open_home: Any) -> None:
        kept = folder / "backups" / "schema-0007-20260101T000000Z"
        kept.mkdir(parents=True)
        [found] = [c.found for c in doctor.checks(open_home(folder)) if c.name == "database"]
        assert found.endswith(f"; as it was before its last upgrade: {kept}")

    def test_it_is_a_job(self, folder: Path, open_home: Any) -> None:
        lab = Lab(open_home(folder))
        request = VerifyRequest(files=True)
        first = lab.wait(verify_home.start(lab.home, request))
        assert first["state"] == "verified"
        assert lab.wait(verify_home.start(lab.home, request)) == first

    def test_the_head_is_signed_before_a_write_is_acknowledged(
        self, folder: Path, open_home: Any
    ) -> None:
        home = open_home(folder)
        move = [Posting(TREASURY, "user:ana", 1)]
        for size in range(N_LOGGED + 1, N_LOGGED + 4):
            home.database.write(
                lambda tx, n=size: write_entry(tx, str(n), move, kind="test", reason="r")
            )
            assert json.loads((folder / "head.json").read_text())["body"]["size"] == size
        assert verified(home)["size"] == N_LOGGED + 3

    def test_racing_writes_share_heads_and_make_one_chain(
        self, folder: Path, open_home: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = open_home(folder)
        heads: list[bytes] = []
        replace = head_file.put_whole
        monkeypatch.setattr(
            head_file, "put_whole", lambda path, text: (heads.append(text), replace(path, text))
        )

        def move(number: int) -> None:
            line = [Posting(TREASURY, f"user:{number}", 1)]
            home.database.write(
                lambda tx: write_entry(tx, f"r{number}", line, kind="test", reason="r")
            )

        with ThreadPoolExecutor(32) as threads:
            list(threads.map(move, range(128)))
        assert verified(home)["size"] == N_LOGGED + 128
        assert 1 <= len(heads) < 128

    def test_a_failed_write_leaves_no_entry(self, folder: Path, open_home: Any) -> None:
        home = open_home(folder)
        overdraft = [Posting("user:ana", "user:ben", 10**9)]
        with pytest.raises(Exception, match="holds"):
            home.database.write(
                lambda tx: write_entry(tx, "big", overdraft, kind="test", reason="r")
            )

        def undone(tx: Any) -> None:
            write_entry(tx, "u", [Posting(TREASURY, "user:ana", 1)], kind="test", reason="r")
            raise ValueError("after all not")

        with pytest.raises(ValueError, match="after all not"):
            home.database.write(undone)
        assert verified(home)["size"] == N_LOGGED

    def test_a_kill_between_commit_and_head_harms_nothing(
        self, folder: Path, written: dict[str, Path], open_home: Any
    ) -> None:
        shutil.copy(written["earlier"] / "head.json", folder)
        assert verified(open_home(folder))["state"] == "verified"
        assert json.loads((folder / "head.json").read_text())["body"]["size"] == N_LOGGED

    def test_a_disk_that_takes_no_head_stops_no_write(
        self, folder: Path, open_home: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = open_home(folder)

        def full(*_: Any) -> None:
            raise OSError("no space")

        move = [Posting(TREASURY, "user:ana", 1)]
        with monkeypatch.context() as patch:
            patch.setattr(head_file, "put_whole", full)
            home.database.write(lambda tx: write_entry(tx, "a", move, kind="test", reason="r"))
        assert verified(home)["size"] == N_LOGGED + 1
        home.database.write(lambda tx: write_entry(tx, "b", move, kind="test", reason="r"))
        assert json.loads((folder / "head.json").read_text())["body"]["size"] == N_LOGGED + 2

    def test_an_older_home_gets_the_log_that_it_would_have_had(
        self, folder: Path, open_home: Any
    ) -> None:
        everything = "select * from store.log order by seq"
        before = rows(folder, everything)
        damage(folder, "delete from store.log")
        (folder / "head.json").unlink()
        home = open_home(folder)
        assert verified(home)["state"] == "verified"
        home.close()
        assert rows(folder, everything) == before

    def test_a_clock_that_went_back_moves_nothing_before_its_elders(
        self, folder: Path, open_home: Any
    ) -> None:
        damage(
            folder,
            "delete from store.log",
            "update store.record set created_at = '2020-01-01' where seq >= 3",
        )
        (folder / "head.json").unlink()
        found = verified(open_home(folder))
        assert (found["state"], found["size"]) == ("verified", N_LOGGED)


DAMAGES: dict[str, tuple[str, tuple[str, int | None, str]]] = {
    "a byte of an entry": (
        f"update store.log set entry = replace(entry, 'pool:clouds', 'pool:cloudz') "
        f"where seq = {FUNDED}",
        ("log", FUNDED, "its bytes hash to"),
    ),
    "a head": (
        f"update store.log set head = 'f' where seq = {FUNDING}",
        ("log", FUNDING, "its bytes hash to"),
    ),
    "a prev": (
        f"update store.log set prev = 'f' where seq = {MOVED}",
        ("log", MOVED, "it follows f"),
    ),
    "a kind": (
        f"update store.log set kind = 'entry' where seq = {FUNDING}",
        ("log", FUNDING, "its text says"),
    ),
    "an entry taken out": (
        f"delete from store.log where seq = {FUNDED}",
        ("log", FUNDED, f"entry {FUNDED + 1} follows here"),
    ),
    "the end cut off": (
        f"delete from store.log where seq >= {MOVED}",
        ("head", MOVED, f"the log ends after {MOVED} entries"),
    ),
    "the whole log": ("delete from store.log", ("head", 0, "the log ends after 0 entries")),
    "a record's body": (
        "update store.record set envelope = replace(envelope, '1000', '9000') "
        "where kind = 'funding'",
        ("log", FUNDING, "record 2 hashes to"),
    ),
    "a record that is no JSON": (
        "update store.record set envelope = '{' where kind = 'contribution'",
        ("log", CONTRIBUTION, "record 5 hashes to"),
    ),
    "who is shown as an author": (
        "update store.record set author = 'mallory' where kind = 'contribution'",
        ("log", CONTRIBUTION, "record 5 is shown as ('contribution', 'mallory')"),
    ),
    "a record's own chain": (
        "update store.record set head = 'f' where kind = 'contribution'",
        ("log", CONTRIBUTION, "record 5 has the head f"),
    ),
    "when a record was made": (
        "update store.record set created_at = '2020-01-01' where kind = 'contribution'",
        ("log", CONTRIBUTION, "record 5 is"),
    ),
    "a record taken out": (
        "delete from store.record where kind = 'contribution'",
        ("log", CONTRIBUTION, "record 5 is missing"),
    ),
    "a record put in": (
        "insert into store.record select 99, 'x', kind, author, envelope, previous, head, "
        "created_at from store.record where seq = 2",
        ("ledger", None, "8 records"),
    ),
    "an amount": (
        "update store.posting set amount = 301 where amount = 300",
        ("log", MOVED, "ledger entry 2 says"),
    ),
    "a posting taken out": (
        "delete from store.posting where amount = 300",
        ("log", MOVED, "ledger entry 2 says"),
    ),
    "a posting of no entry": (
        "insert into store.posting values ('ghost', 0, 'treasury', 'user:eve', 7)",
        ("ledger", None, "treasury holds -1507"),
    ),
    "why money moved": (
        "update store.entry set reason = 'a gift' where id = 'm'",
        ("log", MOVED, "ledger entry 2 says"),
    ),
    "a ledger entry taken out": (
        "delete from store.entry where id = 'm'",
        ("log", MOVED, "ledger entry 2 is missing"),
    ),
    "a ledger entry put in": (
        "insert into store.entry values (99, 'g', 'gift', 'r', '2026-01-01')",
        ("ledger", None, "4 ledger entries"),
    ),
}


class TestDamagedDatabase:
    """Whatever row is changed behind the server's back, the first bad entry is named."""

    @pytest.mark.parametrize("name", DAMAGES)
    def test_it_is_named(self, folder: Path, open_home: Any, name: str) -> None:
        statement, (step, seq, found) = DAMAGES[name]
        damage(folder, statement)
        bad = first_bad(open_home(folder))
        assert bad[:2] == (step, seq)
        assert bad[2].startswith(found)

    def test_of_two_the_first_is_named(self, folder: Path, open_home: Any) -> None:
        damage(folder, DAMAGES["an amount"][0], DAMAGES["a record's body"][0])
        assert first_bad(open_home(folder))[:2] == ("log", FUNDING)

    def test_the_same_one_is_named_by_any_number_of_threads(
        self, folder: Path, open_home: Any
    ) -> None:
        def forge(envelope: dict[str, Any]) -> dict[str, Any]:
            return envelope | {"body": envelope["body"] | {"amount": "9000"}}

        written_again(folder, forge, first=2)
        home = open_home(folder)
        report = Report("test", publish=lambda _: None, cancelled=lambda: False)
        found = [
            Audit(home.database, {0}, home.origin, n_threads=n).read(N_LOGGED, report)
            for n in (1, 2, 3, 16)
        ]
        assert found[0] is not None
        assert found[0].seq == FUNDING
        assert found == found[:1] * 4

    def test_a_signature_that_does_not_verify_is_named_though_all_hashes_agree(
        self, folder: Path, open_home: Any
    ) -> None:
        def forge(envelope: dict[str, Any]) -> dict[str, Any]:
            return envelope | {"body": envelope["body"] | {"amount": "9000"}}

        written_again(folder, forge)
        step, seq, found = first_bad(open_home(folder))
        assert (step, seq) == ("log", FUNDING)
        assert "record 2 does not verify" in found

    def test_a_log_written_again_from_true_signatures_breaks_the_signed_head(
        self, folder: Path, open_home: Any
    ) -> None:
        def replace(envelope: dict[str, Any]) -> dict[str, Any]:
            key = PrivateKey.make()
            body = envelope["body"] | {"nonce": "9"}
            return Envelope.sign("funding", body, key, home=envelope["home"]).to_json()

        written_again(folder, replace)
        home = open_home(folder)
        step, seq, found = first_bad(home)
        assert (step, seq) == ("head", None)
        assert "it was written again" in found
        assert refuses(home)


def written_again(
    folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]], first: int | None = None
) -> None:
    """Change the first funding record, or all from ``first``; chain them and the log again."""
    with duckdb.connect(folder / "workbench.duckdb") as connection:
        found = connection.execute("select seq, envelope from store.record order by seq").fetchall()
        previous = "0" * 64
        for seq, text in found:
            envelope = json.loads(text)
            if seq == 2 or (first is not None and seq >= first):
                envelope = change(envelope)
            identity = content_id(envelope)
            head = content_id({"seq": seq, "previous": previous, "content_id": identity})
            connection.execute(
                "update store.record set envelope = ?, content_id = ?, author = ?, previous = ?, "
                "head = ? where seq = ?",
                [
                    canonical_bytes(envelope).decode(), identity, envelope["author"], previous,
                    head, seq,
                ],
            )  # fmt: skip
            previous = head
        connection.execute("delete from store.log")
    database = Database.open(folder / "workbench.duckdb")
    database.write(log.fill)
    database.close()


class TestOlderDatabase:
    """A database that is whole in itself, and not the newest."""

    def test_a_rollback_is_seen_and_nothing_is_built_on_it(
        self, folder: Path, written: dict[str, Path], open_home: Any
    ) -> None:
        shutil.copy(written["earlier"] / "workbench.duckdb", folder)
        signed = (folder / "head.json").read_bytes()
        home = open_home(folder)
        step, seq, found = first_bad(home)
        assert (step, seq, found) == ("head", 4, "the log ends after 4 entries")
        assert refuses(home)
        assert (folder / "head.json").read_bytes() == signed

    @pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
    def test_a_lost_or_shortened_wal_is_seen(
        self, folder: Path, tmp_path: Path, open_home: Any, kept: float
    ) -> None:
        home = open_home(folder)
        move = [Posting(TREASURY, "user:ana", 1)]
        for number in range(20):
            home.database.write(
                lambda tx, n=number: write_entry(tx, str(n), move, kind="test", reason="r")
            )
        crashed = Path(shutil.copytree(folder, tmp_path / "crashed"))
        wal = crashed / "workbench.duckdb.wal"
        content = wal.read_bytes()
        assert content
        wal.write_bytes(content[: int(kept * len(content))])
        if not kept:
            wal.unlink()
        step, seq, _ = first_bad(open_home(crashed))
        assert step == "head"
        assert seq is not None
        assert N_LOGGED <= seq < N_LOGGED + 20


class TestHeadFile:
    """The head file is as good as its signature."""

    @pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"kind":"head"}'])
    def test_a_spoilt_one_is_named(self, folder: Path, open_home: Any, text: bytes) -> None:
        (folder / "head.json").write_bytes(text)
        home = open_home(folder)
        step, seq, found = first_bad(home)
        assert (step, seq) == ("head", None)
        assert found.startswith("the file head.json is not as it was written")
        assert refuses(home)

    def test_a_missing_one_is_named(self, folder: Path, open_home: Any) -> None:
        (folder / "head.json").unlink()
        home = open_home(folder)
        assert first_bad(home) == ("head", None, "the file head.json is missing")
        assert refuses(home)

    def test_one_byte_of_it_is_named(self, folder: Path, open_home: Any) -> None:
        path = folder / "head.json"
        path.write_text(path.read_text().replace(f'"size":{N_LOGGED}', '"size":4'))
        assert "does not verify" in first_bad(open_home(folder))[2]

    def test_another_keys_is_named(self, folder: Path, open_home: Any) -> None:
        before = PrivateKey.load(folder / "server.key").public_hex
        (folder / "server.key").unlink()
        home = open_home(folder)
        assert home.heads.fault is not None
        assert "the head was signed by" in home.heads.fault.found
        # What people signed for the home is not for one with another key.
        step, seq, found = first_bad(home)
        assert (step, seq) == ("log", FUNDING)
        assert f"it was signed for the home {before[:16]}" in found


class TestEarlierHeads:
    """The first head of each day stays."""

    def test_one_a_day_is_kept(
        self, folder: Path, open_home: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder / "heads.jsonl"
        [first] = path.read_text().splitlines()
        assert json.loads(first)["body"]["size"] == 0
        home = open_home(folder)
        move = [Posting(TREASURY, "user:ana", 1)]
        monkeypatch.setattr(head_file, "datetime", Tomorrow)
        for number in range(3):
            home.database.write(
                lambda tx, n=number: write_entry(tx, str(n), move, kind="test", reason="r")
            )
        assert path.read_text().splitlines()[0] == first
        sizes = [json.loads(line)["body"]["size"] for line in path.read_text().splitlines()]
        assert sizes == [0, N_LOGGED + 1]
        assert verified(home)["state"] == "verified"

    def test_a_rollback_of_database_and_head_together_is_seen(
        self, folder: Path, written: dict[str, Path], open_home: Any
    ) -> None:
        heads = (folder / "heads.jsonl").read_text() + (folder / "head.json").read_text()
        for name in ("workbench.duckdb", "head.json"):
            shutil.copy(written["earlier"] / name, folder)
        (folder / "heads.jsonl").write_text(heads)
        assert first_bad(open_home(folder)) == ("head", 4, "the log ends after 4 entries")

    def test_a_line_that_was_changed_is_named(self, folder: Path, open_home: Any) -> None:
        path = folder / "heads.jsonl"
        path.write_text(path.read_text().replace('"size":0', '"size":1'))
        found = first_bad(open_home(folder))
        assert found[:2] == ("head", None)
        assert found[2].startswith("line 1 of heads.jsonl is not as it was written")


class Tomorrow(datetime):
    """A clock that is a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(days=1)


class TestFiles:
    """Files that records and rows name."""

    def blob(self, folder: Path) -> Path:
        [(digest,)] = rows(folder, "select rows_sha256 from store.contribution")
        return folder / "blobs" / "sha256" / digest[:2] / digest[2:]

    def test_a_missing_one_is_named(self, folder: Path, open_home: Any) -> None:
        path = self.blob(folder)
        path.unlink()
        step, seq, found = first_bad(open_home(folder))
        assert (step, seq) == ("files", None)
        assert path.name in found
        assert found.endswith("is missing")

    def test_a_changed_one_is_named_when_files_are_hashed(
        self, folder: Path, open_home: Any
    ) -> None:
        path = self.blob(folder)
        path.chmod(0o600)
        path.write_bytes(path.read_bytes() + b"\n")
        home = open_home(folder)
        assert verified(home)["state"] == "verified"
        step, _, found = first_bad(home, files=True)
        assert step == "files"
        assert "hashes to" in found
