"""A home is read, verified and recomputed by somebody who has nothing but its mirror."""

import json
import shutil
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tests.integration.mirror.conftest import Open, Opened, Written, opened, tree
from tests.integration.workflows.test_recompute import EPOCH_STEPS
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    ForbiddenError,
    ForkedLogError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.keys import PrivateKey
from workbench.ledger.log import RECORD
from workbench.mirror.manifest import NAME, blob_name
from workbench.storage import log, record
from workbench.storage.travel import STAYS_HOME
from workbench.workflows import join, mirror_export, withdraw
from workbench.workflows import mirror as mirror_workflow


def test_everything_that_was_paid_can_be_followed_in_a_mirror(
    origin: Opened, mirror: Path, elsewhere: Opened, written: Written
) -> None:
    found = elsewhere.bench.home_mirror(mirror).import_()
    assert found.manifest.head.size == origin.count("log")
    heads = [one.verified() for one in (origin, elsewhere)]
    assert heads[0]["head"] == heads[1]["head"]
    assert heads[0]["root"] == heads[1]["root"]
    assert heads[1]["origin"] == origin.home.key.public_hex != elsewhere.home.key.public_hex
    statement = "select account, amount from balance order by account"
    balances = [one.bench.sql(statement).to_dict("records") for one in (origin, elsewhere)]
    assert balances[0] == balances[1]
    again = elsewhere.bench.recompute(written.epoch)
    assert [step.state for step in again.view.steps] == ["same"] * len(EPOCH_STEPS)
    for one in (origin, elsewhere):
        assert one.bench.leaderboard("clouds").view.id == written.epoch
    frames = [str(one.bench.leaderboard("clouds").frame) for one in (origin, elsewhere)]
    assert frames[0] == frames[1]
    whys = [one.bench.why(written.epoch, "zoe").view for one in (origin, elsewhere)]
    assert whys[0].amount == whys[1].amount
    assert [one.n_rows for one in whys[0].duplicates] == [one.n_rows for one in whys[1].duplicates]
    payouts = [one.bench.payouts(written.study).frame for one in (origin, elsewhere)]
    assert payouts[0].equals(payouts[1])


def test_two_exports_of_a_state_are_equal_and_the_second_writes_nothing(
    origin: Opened, mirror: Path, tmp_path: Path
) -> None:
    other = origin.bench.home_mirror(tmp_path / "other").export()
    assert other.moved is not None
    assert other.moved.n_files == len(other.manifest.files)
    assert tree(mirror) == tree(tmp_path / "other")
    again = origin.bench.home_mirror(mirror).export()
    assert again.moved is not None
    assert (again.moved.n_files, again.moved.n_bytes, again.moved.n_removed) == (0, 0, 0)


def test_a_later_export_moves_only_what_is_new(
    origin: Opened, elsewhere: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_export, "_ROWS_OF_A_SEGMENT", {"log": 4, "table": 8})
    folder = tmp_path / "mirror"
    first = origin.bench.home_mirror(folder).export()
    elsewhere.bench.home_mirror(folder).import_()
    before = {path: path.stat().st_ino for path in folder.rglob("*.jsonl")}
    origin.lab.fund(5, nonce="more")
    later = origin.bench.home_mirror(folder).export()
    kept = {path: path.stat().st_ino for path in folder.rglob("*.jsonl")}
    segments = [folder / name for name in first.manifest.segments("log")]
    # All but the last one, which was not full.
    assert {path: before[path] for path in segments[:-1]}.items() <= kept.items()
    assert later.moved is not None
    new = set(later.manifest.files) - set(first.manifest.files)
    assert later.moved.n_files == len(new) <= 2
    assert later.moved.n_bytes < first.manifest.n_bytes / 5
    taken = elsewhere.bench.home_mirror(folder).import_()
    assert taken.moved is not None
    assert taken.moved.n_files == len(new)
    assert elsewhere.verified()["root"] == origin.verified()["root"]
    assert elsewhere.count("record") == origin.count("record")


def test_what_is_private_stays_at_home(origin: Opened, mirror: Path) -> None:
    everything = b"\n".join(tree(mirror).values()).decode()
    statement = "select id, file_name, state from contribution where state = 'draft'"
    drafts = origin.home.database.select(statement).to_pylist()
    assert len(drafts) == 2
    assert all(draft["id"] not in everything for draft in drafts)
    assert "rows.jsonl" not in everything
    [task] = origin.home.database.read("tasks", {"id": "clouds"})
    hidden = task["hidden_rows_sha256"]
    assert not (mirror / blob_name(hidden)).exists()
    for line in origin.home.blobs.read(hidden).decode().splitlines():
        assert line not in everything
    digests = origin.home.database.read("hidden_rows", {"task": "clouds"})
    assert digests
    assert all(row["sha256"] not in everything for row in digests)
    assert {name.split("/")[1] for name in tree(mirror) if name.startswith("tables/")}.isdisjoint(
        STAYS_HOME
    )


def test_what_was_withdrawn_goes_from_mirrors_too(
    origin: Opened, mirror: Path, elsewhere: Opened
) -> None:
    elsewhere.bench.home_mirror(mirror).import_()
    [row] = [one for one in rows_of(origin, "contribution") if one["owner"] == "ana"]
    gone = row["rows_sha256"]
    assert gone in elsewhere.blobs()
    body = {"contribution": row["id"], "file_sha256": row["file_sha256"]}
    withdraw.withdraw(origin.home, row["id"], origin.lab.sign("ana", "withdrawal", body))
    later = origin.bench.home_mirror(mirror).export()
    assert later.moved is not None
    assert later.moved.n_removed >= 1
    assert not (mirror / blob_name(gone)).exists()
    elsewhere.bench.home_mirror(mirror).import_()
    assert gone not in elsewhere.blobs()
    states = {one["id"]: one["state"] for one in rows_of(elsewhere, "contribution")}
    assert states[row["id"]] == "withdrawn"
    elsewhere.verified()


def rows_of(opened: Opened, table: str) -> list[dict[str, Any]]:
    kinds = {"contribution": "travel_contribution"}
    return opened.home.database.read(kinds[table])


def test_a_mirror_takes_nothing_in_of_its_own(
    origin: Opened, mirror: Path, elsewhere: Opened, written: Written
) -> None:
    elsewhere.bench.home_mirror(mirror).import_()
    before = elsewhere.verified()
    said = f"mirrors what the server {origin.home.key.public_hex[:16]}"
    for act in (
        lambda: elsewhere.bench.pay(written.study, sign=True),
        lambda: elsewhere.bench.value("clouds"),
        lambda: elsewhere.bench.as_("kim").task("clouds").fund("1", sign=True),
    ):
        with pytest.raises(ForbiddenError, match=said) as caught:
            act()
        assert "--home" in caught.value.next_step
    # Behind the doors, too.
    kim = {"name": "kim", "owner": "kim"}
    envelope = Envelope.sign("principal", kim, PrivateKey.make(), home=origin.home.origin)
    with pytest.raises(ForbiddenError, match=said):
        elsewhere.home.database.write(lambda tx: record.append(tx, envelope))
    with pytest.raises(ForbiddenError, match=said):
        elsewhere.home.database.write(lambda tx: log.append(tx, RECORD, "0" * 64))
    with pytest.raises(ForbiddenError, match=said):
        elsewhere.home.start_job("train", "clouds", {})
    assert elsewhere.verified()["head"] == before["head"]
    # What reads goes on.
    assert elsewhere.bench.publish()


def test_a_mirror_is_handed_on_byte_for_byte(
    mirror: Path, elsewhere: Opened, open_home: Open, tmp_path: Path
) -> None:
    elsewhere.bench.home_mirror(mirror).import_()
    elsewhere.bench.home_mirror(tmp_path / "second").export()
    assert tree(tmp_path / "second") == tree(mirror)
    third = open_home(tmp_path / "third")
    third.bench.home_mirror(tmp_path / "second").import_()
    assert third.verified()["origin"] == elsewhere.home.origin


def test_pages_travel_with_the_mirror(origin: Opened, tmp_path: Path) -> None:
    origin.bench.publish()
    (origin.home.settings.published_dir / ".secret").write_text("no")
    folder = tmp_path / "mirror"
    origin.bench.home_mirror(folder).export()
    pages = {path.relative_to(folder / "pages") for path in (folder / "pages").rglob("*.*")}
    assert Path("index.html") in pages
    assert Path("clouds/leaderboard.html") in pages
    assert Path(".secret") not in pages


def test_a_mirror_is_one_still_after_a_restart(mirror: Path, tmp_path: Path) -> None:
    folder = tmp_path / "restarted"
    with opened(folder) as one:
        one.bench.home_mirror(mirror).import_()
        origin = one.home.origin
    with opened(folder) as one:
        assert one.home.origin == origin
        one.verified()
    head = folder / "home" / "head.json"
    kept = head.read_bytes()
    # As after a kill between the import and its head: the home's own head is there still.
    with opened(tmp_path / "empty") as empty:
        assert not empty.home.heads.is_mirror
    key = PrivateKey.load(folder / "home" / "server.key")
    body = json.loads((tmp_path / "empty/home/head.json").read_bytes())["body"]
    own = Envelope.sign("head", body | {"origin": key.public_hex}, key).to_json()
    head.write_text(json.dumps(own))
    with opened(folder) as one:
        one.verified()
    assert head.read_bytes() == kept
    head.unlink()
    with opened(folder) as one:
        found = one.bench.verify()
        assert found.first_bad is not None
        assert found.first_bad["step"] == "head"


def test_a_home_with_records_of_its_own_becomes_no_mirror(mirror: Path, elsewhere: Opened) -> None:
    elsewhere.lab.sign("nobody-else", "principal", {})
    before = elsewhere.blobs()
    with pytest.raises(ConflictError, match="records of its own") as caught:
        elsewhere.bench.home_mirror(mirror).import_()
    assert "--home NEW" in caught.value.next_step
    assert before <= elsewhere.blobs()
    assert not elsewhere.home.heads.is_mirror


def test_an_empty_home_has_nothing_to_mirror(elsewhere: Opened, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="nothing is recorded"):
        elsewhere.bench.home_mirror(tmp_path / "mirror").export()
    with pytest.raises(NotFoundError, match="holds no mirror"):
        elsewhere.bench.home_mirror(tmp_path / "mirror").import_()


def test_other_files_are_left_alone(origin: Opened, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="holds something else"):
        origin.bench.home_mirror(tmp_path / "letters").export()
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["mine.txt"]
    with pytest.raises(InvalidInputError, match="cannot be opened"):
        origin.bench.home_mirror("nonsense://somewhere")


def test_any_place_of_fsspec_will_do(
    origin: Opened, mirror: Path, elsewhere: Opened, tmp_path: Path
) -> None:
    uri = f"memory://{tmp_path.name}"
    kept = origin.bench.home_mirror(uri).export()
    found = fsspec.filesystem("memory")
    try:
        assert found.cat(f"/{tmp_path.name}/{NAME}") == (mirror / NAME).read_bytes()
        again = origin.bench.home_mirror(uri).export()
        assert again.moved is not None
        assert again.moved.n_files == 0
        assert origin.bench.home_mirror(uri).check(mirror).comparison is not None
    finally:
        found.rm(f"/{tmp_path.name}", recursive=True)
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", mirror)
    elsewhere.bench.home_mirror(f"zip://::{packed}").import_()
    assert elsewhere.verified()["root"] == kept.manifest.head.root
    origin.lab.fund(3, nonce="zip")
    with pytest.raises(InvalidInputError, match="cannot be written"):
        origin.bench.home_mirror(f"zip://::{packed}").export()


@pytest.fixture
def forked(written: Written, open_home: Open, tmp_path: Path) -> tuple[Opened, Opened]:
    """Two homes with the same key and the same past, whose ways part."""
    one, other = (open_home(written.copy(tmp_path / name)) for name in ("one", "other"))
    one.lab.fund(10, nonce="one")
    other.lab.fund(11, nonce="other")
    return one, other


def test_a_fork_is_refused_with_both_heads(
    forked: tuple[Opened, Opened], elsewhere: Opened, tmp_path: Path
) -> None:
    one, other = forked
    here, there = tmp_path / "here", tmp_path / "there"
    one.bench.home_mirror(here).export()
    other.bench.home_mirror(there).export()
    elsewhere.bench.home_mirror(here).import_()
    before = elsewhere.verified()
    roots = {found.verified()["root"] for found in forked}
    for more in range(2):
        with pytest.raises(ForkedLogError, match="two histories") as caught:
            elsewhere.bench.home_mirror(there).import_()
        heads = caught.value.facts["heads"]
        assert {head["root"] for head in heads} == roots
        assert all(head["origin"] == one.home.key.public_hex for head in heads)
        assert elsewhere.verified()["root"] == before["root"]
        # Neither is what others may have written over.
        with pytest.raises(ForkedLogError, match="two histories"):
            other.bench.home_mirror(here).export()
        if more == 0:
            # The same when the other history is the longer one.
            other.lab.fund(12, nonce="longer")
            other.bench.home_mirror(there).export()
            roots = {before["root"], other.verified()["root"]}


def test_an_older_mirror_takes_nothing_back(
    origin: Opened, mirror: Path, elsewhere: Opened, tmp_path: Path
) -> None:
    origin.lab.fund(9, nonce="later")
    origin.bench.home_mirror(tmp_path / "later").export()
    elsewhere.bench.home_mirror(tmp_path / "later").import_()
    with pytest.raises(ConflictError, match="older than what is here"):
        elsewhere.bench.home_mirror(mirror).import_()
    elsewhere.verified()


def test_the_mirror_of_another_server_is_kept_apart(
    open_home: Open, mirror: Path, elsewhere: Opened, tmp_path: Path
) -> None:
    stranger = open_home(tmp_path / "stranger")
    stranger.lab.keys.clear()
    stranger.lab.open_task()
    stranger.bench.home_mirror(tmp_path / "theirs").export()
    elsewhere.bench.home_mirror(mirror).import_()
    with pytest.raises(ConflictError, match="here is the mirror of"):
        elsewhere.bench.home_mirror(tmp_path / "theirs").import_()
    with pytest.raises(ConflictError, match="here is the mirror of"):
        stranger.bench.home_mirror(mirror).export()
    elsewhere.verified()


def test_two_mirrors_are_compared(
    forked: tuple[Opened, Opened], origin: Opened, mirror: Path, open_home: Open, tmp_path: Path
) -> None:
    one, other = forked
    here, there, theirs = (str(tmp_path / name) for name in ("here", "there", "theirs"))
    one.bench.home_mirror(here).export()
    other.bench.home_mirror(there).export()
    stranger = open_home(tmp_path / "stranger")
    stranger.lab.keys.clear()
    stranger.lab.open_task()
    stranger.bench.home_mirror(theirs).export()
    bench, size = origin.bench, origin.count("log")

    def compared(ours: str, against: str) -> tuple[str, int | None]:
        found = bench.home_mirror(ours).check(against).comparison
        assert found is not None
        return found.state, found.parts_at

    assert compared(here, here) == ("same", None)
    assert compared(here, str(mirror)) == ("ahead", None)
    assert compared(str(mirror), there) == ("behind", None)
    assert compared(here, there) == ("fork", size)
    assert compared(here, theirs) == ("other origin", None)
    heads = {name: str(found.home.settings.head_path) for name, found in
             {"one": one, "other": other, "origin": origin}.items()}  # fmt: skip
    assert compared(here, heads["one"]) == ("same", None)
    assert compared(here, heads["origin"]) == ("ahead", None)
    assert compared(here, heads["other"]) == ("fork", None)
    assert compared(str(mirror), heads["one"]) == ("unknown", None)
    assert "they part at entry" in repr(bench.home_mirror(here).check(there))
    with pytest.raises(InvalidInputError, match="not one of"):
        compared(here, str(stranger.home.settings.head_path))
    with pytest.raises(NotFoundError, match="lacks the file"):
        compared(here, str(tmp_path / "nowhere"))


def test_a_home_that_was_rolled_back_exports_nothing(
    written: Written, open_home: Open, tmp_path: Path
) -> None:
    place = written.copy(tmp_path / "rolled")
    with opened(place, written.keys) as one:
        one.lab.fund(10, nonce="soon gone")
        head = (place / "home" / "head.json").read_bytes()
    shutil.rmtree(place / "home")
    written.copy(place)
    (place / "home" / "head.json").write_bytes(head)
    rolled = open_home(place)
    with pytest.raises(Exception, match="the log is not the one whose head was signed"):
        rolled.bench.home_mirror(tmp_path / "mirror").export()
    assert not (tmp_path / "mirror").exists()


def test_a_home_that_took_in_runs_of_another_is_mirrored_without_them(
    origin: Opened, open_home: Open, written: Written, tmp_path: Path
) -> None:
    """Their records are in its log, by people who never joined here."""
    origin.bench.mirror(tmp_path / "runs").export(written.study, hidden_test=True)
    other = open_home(tmp_path / "other")
    other.lab.keys.clear()
    other.lab.sign("somebody", "principal", {})
    other.bench.mirror(tmp_path / "runs").import_()
    other.bench.home_mirror(tmp_path / "mirror").export()
    third = open_home(tmp_path / "third")
    third.bench.home_mirror(tmp_path / "mirror").import_()
    assert third.verified()["root"] == other.verified()["root"]
    assert (third.count("study"), other.count("study")) == (0, 1)
    assert third.count("task") == 1


def test_a_home_of_before_says_which_records_came_with_runs_of_another(
    origin: Opened,
    open_home: Open,
    written: Written,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    origin.bench.mirror(tmp_path / "runs").export(written.study, hidden_test=True)
    other = open_home(tmp_path / "other")
    other.lab.keys.clear()
    other.lab.sign("somebody", "principal", {})
    with monkeypatch.context() as patch:
        made = mirror_workflow._bundled
        patch.setattr(mirror_workflow, "_bundled", lambda *words: made(*words[:3], []))
        other.bench.mirror(tmp_path / "runs").import_()
    other.bench.home_mirror(tmp_path / "mirror").export()
    with pytest.raises(CorruptBundleError, match="is left out of its tables"):
        other.bench.home_mirror(tmp_path / "mirror").check()
    other.home.resume()
    other.home.resume()
    other.bench.home_mirror(tmp_path / "mirror").export()
    contents = other.bench.home_mirror(tmp_path / "mirror").check().contents
    assert contents is not None
    records = [event.envelope for event in contents.records.values() if event.envelope]
    before, after = (one.body for one in records if one.kind == "bundle")
    people = {key.public_hex for key in written.keys.values()}
    came = {
        one.content_id
        for one in records
        if one.kind in {"principal", "contribution"} and one.author in people
    }
    assert before == after | {"records": []}
    assert set(after["records"]) == came
    assert after["origin"] == origin.home.origin


def test_somebody_joins_whose_record_came_with_a_run_before(
    origin: Opened, open_home: Open, written: Written, tmp_path: Path
) -> None:
    origin.bench.mirror(tmp_path / "runs").export(written.study, hidden_test=True)
    other = open_home(tmp_path / "other")
    other.bench.mirror(tmp_path / "runs").import_()
    body = {"name": "ana", "owner": "ana"}
    joined = Envelope.sign("principal", body, written.keys["ana"], home=other.home.origin)
    join.register(other.home, joined.to_json())
    other.bench.home_mirror(tmp_path / "mirror").export()
    other.bench.home_mirror(tmp_path / "mirror").check()
