"""What nothing names any more is deleted when the server starts, and nothing else ever is."""

import os
import time
from collections.abc import Callable

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.wire import DraftRequest, TrainRequest, VerifyRequest
from workbench.storage.blobs import BlobStore
from workbench.workflows import card, contribute, doctor, receipts, train, verify_home
from workbench.workflows.sweep import GRACE_SECONDS, find_unnamed, sweep


def age(lab: Lab) -> None:
    """Make all files older than the grace period."""
    before = time.time() - GRACE_SECONDS - 60
    for path in (lab.home.blobs.root / "sha256").glob("??/*"):
        os.utime(path, (before, before))


def stored(lab: Lab) -> set[str]:
    return {one.sha256 for one in lab.home.blobs.stored()}


def test_what_is_named_stays_and_the_rest_goes(lab: Lab) -> None:
    given = lab.contribute("ana", make_rows(8, 1))
    draft = lab.draft("ben", make_rows(8, 2))
    signed = lab.consent(draft)
    assert signed
    trained = lab.wait(train.start(lab.home, "clouds", TrainRequest(size="quick")))
    sealed = card.get_card(lab.home, trained["run"])
    stray, _ = lab.home.blobs.put([b"nobody ever offers this"])
    age(lab)
    unnamed = find_unnamed(lab.home)
    assert stray in unnamed.due
    [check] = [one for one in doctor.checks(lab.home) if one.name == "files"]
    assert f"; {len(unnamed.due)} of them go when the server starts next" in check.found

    before = stored(lab)
    assert sweep(lab.home) == len(unnamed.due)

    assert before - stored(lab) == set(unnamed.due)
    for digest in (given.file_sha256, given.rows_sha256, draft.file_sha256, draft.rows_sha256):
        assert lab.home.blobs.has(digest)
    assert card.get_card(lab.home, trained["run"]) == sealed
    assert receipts.get_receipt(lab.home, given.id).state == "accepted"
    found = lab.wait(verify_home.start(lab.home, VerifyRequest(files=True)))
    assert found["state"] == "verified", found["first_bad"]
    assert sweep(lab.home) == 0


def test_rows_of_a_draft_that_was_checked_again_go(lab: Lab) -> None:
    content = make_rows(8, 1)
    first = lab.draft("ben", content)
    # Half of its rows are somebody else's by now: what counts is another file.
    lab.contribute("ana", b"\n".join(content.splitlines()[:4]) + b"\n")
    again = lab.draft("ben", content)
    assert again.id == first.id
    assert again.rows_sha256 != first.rows_sha256
    age(lab)

    sweep(lab.home)

    assert not lab.home.blobs.has(first.rows_sha256)
    assert lab.home.blobs.has(again.rows_sha256)
    assert lab.home.blobs.has(again.file_sha256)
    assert contribute.submit(lab.home, again.id, lab.consent(again)).n_rows == 4


def test_what_just_arrived_stays_also_where_it_lay_there_before(lab: Lab) -> None:
    old, _ = lab.home.blobs.put([make_rows(8, 3)])
    age(lab)
    young, _ = lab.home.blobs.put([make_rows(8, 4)])
    assert lab.home.blobs.put([make_rows(8, 3)])[0] == old

    sweep(lab.home)

    assert lab.home.blobs.has(young)
    assert lab.home.blobs.has(old)
    request = DraftRequest(file_sha256=old, file_name="r.jsonl", license="CC-BY-4.0", owner="ben")
    assert contribute.draft(lab.home, "clouds", request).n_rows == 8


def test_a_snapshot_that_somebody_copies_keeps_all_files(lab: Lab) -> None:
    stray, _ = lab.home.blobs.put([b"stray"])
    age(lab)
    snapshot = lab.home.settings.home / "snapshots" / "one"
    snapshot.mkdir(parents=True)
    assert sweep(lab.home) == 0
    snapshot.rmdir()
    assert sweep(lab.home) > 0
    assert not lab.home.blobs.has(stray)


def test_a_home_that_was_rolled_back_keeps_all_files(
    open_lab: Callable[[], Lab],
) -> None:
    lab = open_lab()
    lab.open_task()
    lab.home.close()
    path = lab.home.settings.database_path
    earlier = path.read_bytes()
    lab = open_lab()
    given = lab.contribute("ana", make_rows(8, 1))
    age(lab)
    lab.home.close()
    path.write_bytes(earlier)

    again = open_lab()

    assert again.home.heads.fault is not None
    assert sweep(again.home) == 0
    assert again.home.blobs.has(given.rows_sha256)


def test_a_kill_in_the_middle_leaves_the_rest_to_the_next_start(
    open_lab: Callable[[], Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = open_lab()
    lab.open_task()
    given = lab.contribute("ana", make_rows(8, 1))
    for text in (b"a", b"b", b"c"):
        lab.home.blobs.put([text])
    age(lab)
    due = set(find_unnamed(lab.home).due)
    assert len(due) >= 3
    discard, gone = BlobStore.discard, []

    def killed(self: BlobStore, digest: str) -> None:
        if gone:
            raise KeyboardInterrupt
        gone.append(digest)
        discard(self, digest)

    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "discard", killed)
        with pytest.raises(KeyboardInterrupt):
            sweep(lab.home)
    assert due & stored(lab) == due - set(gone)
    lab.home.close()

    again = open_lab()
    assert sweep(again.home) == len(due) - 1

    assert not due & stored(again)
    assert again.home.blobs.has(given.rows_sha256)
    found = again.wait(verify_home.start(again.home, VerifyRequest(files=True)))
    assert found["state"] == "verified", found["first_bad"]


def test_what_a_seal_names_stays_and_without_its_seals_nothing_goes(lab: Lab) -> None:
    card_digest, _ = lab.home.blobs.put([b"# A card"])
    document, _ = lab.home.blobs.put([f'{{"model_card.md": "{card_digest}"}}'.encode()])
    stray, _ = lab.home.blobs.put([b"stray"])
    about = {"run": "ab" * 32, "tracking_run": "t", "document_sha256": document, "record": "r"}
    lab.home.database.write(lambda tx: tx.execute("insert_seal", about | {"now": tx.now}))
    age(lab)
    lab.home.blobs.path(document).rename(lab.home.settings.home / "away")

    assert sweep(lab.home) == 0
    assert lab.home.blobs.has(stray)

    (lab.home.settings.home / "away").rename(
        lab.home.blobs.root / "sha256" / document[:2] / document[2:]
    )
    assert sweep(lab.home) > 0
    assert lab.home.blobs.has(card_digest)
    assert not lab.home.blobs.has(stray)
