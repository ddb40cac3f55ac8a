"""A withdrawn contribution is gone from what comes, and stays in what was."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.errors import (
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.wire import (
    ReproduceRequest,
    TrainRequest,
    ValueRequest,
    VerifyRequest,
    WithdrawalView,
)
from workbench.storage.blobs import BlobStore
from workbench.workflows import (
    card,
    contribute,
    mirror,
    payouts,
    receipts,
    recompute,
    reproduce,
    train,
    value,
    verify_home,
    withdraw,
)
from workbench.workflows.inputs import owner_rows


def take_back(lab: Lab, given: Any, by: str = "") -> WithdrawalView:
    """Withdraw a contribution."""
    body = {"contribution": given.id, "file_sha256": given.file_sha256}
    signed = lab.sign(by or given.owner, "withdrawal", body)
    return withdraw.withdraw(lab.home, given.id, signed)


def owners(lab: Lab) -> dict[str, int]:
    """Return owner → rows that count."""
    return {one.owner: one.n_rows for one in owner_rows(lab.home, "clouds")}


def test_rows_are_out_and_bytes_are_gone_at_once(lab: Lab) -> None:
    gone, stays = lab.contribute("ana", make_rows(8, 1)), lab.contribute("ben", make_rows(8, 2))
    would = withdraw.preview_withdrawal(lab.home, gone.id)
    assert (would.record, would.n_files_deleted, would.n_rows) == (None, 2, 8)
    assert owners(lab) == {"ana": 8, "ben": 8}

    done = take_back(lab, gone)

    assert (done.n_files_deleted, done.n_files_kept, done.state) == (2, 0, "withdrawn")
    assert owners(lab) == {"ben": 8}
    assert not lab.home.blobs.has(gone.file_sha256)
    assert not lab.home.blobs.has(gone.rows_sha256)
    assert lab.home.blobs.has(stays.rows_sha256)
    tombstone = contribute.get_contribution(lab.home, gone.id)
    assert (tombstone.state, tombstone.file_sha256) == ("withdrawn", gone.file_sha256)
    assert receipts.get_receipt(lab.home, gone.id).state == "withdrawn"
    found = lab.wait(verify_home.start(lab.home, VerifyRequest(files=True)))
    assert found["state"] == "verified", found["first_bad"]


def test_only_its_owner_withdraws_and_only_once(lab: Lab) -> None:
    given = lab.contribute("ana", make_rows(8, 1))
    with pytest.raises(ForbiddenError, match="only 'ana' withdraws"):
        take_back(lab, given, by="ben")
    signed = lab.sign("ana", "withdrawal", {"contribution": given.id})
    with pytest.raises(InvalidInputError, match="the withdrawal says"):
        withdraw.withdraw(lab.home, given.id, signed)
    draft = lab.draft("ana", make_rows(8, 3))
    with pytest.raises(InvalidMoveError, match="draft cannot become withdrawn"):
        take_back(lab, draft)
    assert owners(lab) == {"ana": 8}

    first = take_back(lab, given)
    assert take_back(lab, given).record == first.record
    with pytest.raises(InvalidMoveError, match="withdrawn cannot become withdrawn"):
        withdraw.preview_withdrawal(lab.home, given.id)


def test_what_was_refused_as_a_duplicate_may_come_in(lab: Lab) -> None:
    given = lab.contribute("ana", make_rows(8, 1))
    assert lab.draft("ben", make_rows(8, 1) + b"\n").n_rows == 0

    take_back(lab, given)

    assert lab.contribute("ben", make_rows(8, 1)).n_rows == 8
    assert owners(lab) == {"ben": 8}
    # Whoever withdrew a file may bring it again, too: as a new contribution.
    assert contribute.get_contribution(lab.home, given.id).state == "withdrawn"


def test_bytes_that_somebody_else_needs_stay(lab: Lab) -> None:
    given = lab.contribute("ana", make_rows(8, 1))
    # A draft of another owner, for another task, of the very same file.
    lab.open_task("more")
    request = contribute.DraftRequest(
        file_sha256=given.file_sha256, file_name="r.jsonl", license="CC-BY-4.0", owner="ben"
    )
    other = contribute.draft(lab.home, "more", request)

    done = take_back(lab, given)

    assert (done.n_files_deleted, done.n_files_kept) == (0, 2)
    assert lab.home.blobs.has(other.file_sha256)
    found = lab.wait(verify_home.start(lab.home, VerifyRequest()))
    assert found["state"] == "verified"


def test_ones_own_drafts_of_the_file_go_with_it(lab: Lab) -> None:
    lab.draft("ana", make_rows(8, 1), file_name="first.jsonl")
    given = lab.contribute("ana", make_rows(8, 1))

    done = take_back(lab, given)

    assert (done.n_drafts, done.n_files_deleted) == (1, 2)
    states = [one.state for one in contribute.list_contributions(lab.home, "clouds")]
    assert states == ["withdrawn"]


def test_a_crash_after_the_record_is_healed_at_the_next_start(
    open_lab: Callable[[], Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = open_lab()
    lab.open_task()
    given = lab.contribute("ana", make_rows(8, 1))
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "discard", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take_back(lab, given)
    assert contribute.get_contribution(lab.home, given.id).state == "withdrawn"
    assert lab.home.blobs.has(given.file_sha256)
    lab.home.close()

    again = open_lab()
    again.home.resume()

    assert not again.home.blobs.has(given.file_sha256)
    assert not again.home.blobs.has(given.rows_sha256)


class TestAfterAnEpoch:
    """What was trained, valued and paid before a withdrawal."""

    @pytest.fixture
    def paid(self, open_lab: Callable[[], Lab]) -> Any:
        lab = open_lab()
        lab.open_task()
        given = {
            owner: lab.contribute(owner, make_rows(n_rows, seed))
            for seed, (owner, n_rows) in enumerate({"ana": 30, "ben": 20, "eva": 10}.items())
        }
        lab.fund(1_000)
        run = lab.wait(train.start(lab.home, "clouds", TrainRequest()))["run"]
        study = str(lab.wait(value.start(lab.home, "clouds", ValueRequest()))["study"])
        epoch = lab.pay(study)
        lab.fund(1_000, nonce="2")
        return lab, given, run, study, epoch

    def test_everything_follows(self, paid: Any) -> None:
        lab, given, run, study, epoch = paid
        would = withdraw.preview_withdrawal(lab.home, given["ana"].id)
        model = train.get_run(lab.home, run).model
        assert would.models == [model]
        assert would.studies == [study]
        assert would.epochs == [1]
        amounts = {row.owner: row.amount for row in epoch.payouts}
        assert would.paid == amounts["ana"]
        payouts.estimate_payouts(lab.home, study)

        done = take_back(lab, given["ana"])
        assert (done.models, done.studies) == (would.models, would.studies)

        # Models are marked, and say so everywhere.
        [gone] = train.get_run(lab.home, run).withdrawn
        assert (gone.owner, gone.contribution) == ("ana", given["ana"].id)
        assert {one.id for one in train.list_runs(lab.home, "clouds") if one.withdrawn} == {
            run,
            study,
        }
        assert card.get_card(lab.home, run).withdrawn == [gone]
        rows = lab.home.database.select("select digest, has_withdrawn_data from model_version")
        assert rows.to_pylist() == [{"digest": model, "has_withdrawn_data": True}]

        # Posted payouts stay, and are recomputed to the last unit.
        steps = recompute.recompute(lab.home, epoch.id).steps
        assert [step.name for step in steps if step.state != "same"] == []

        # The study can no longer be paid by, the run cannot be done again.
        for refused in (
            lambda: lab.pay(study, nonce="2"),
            lambda: payouts.estimate_payouts(lab.home, study),
        ):
            with pytest.raises(InvalidMoveError, match=r"rows that ana withdrew on .* paid by"):
                refused()
        with pytest.raises(InvalidMoveError, match=r"ana withdrew .* cannot be done again"):
            reproduce.start(lab.home, run, ReproduceRequest())

        # What leaves the home has the digests, not the rows.
        entry = mirror.make_entry(lab.home, run, hidden_test=True)
        assert given["ana"].rows_sha256 in entry.withheld.values()
        assert given["ana"].rows_sha256 not in entry.blobs
        entry.check()

        # The next epoch is computed without it.
        again = str(lab.wait(value.start(lab.home, "clouds", ValueRequest()))["study"])
        assert {row.owner for row in value.get_study(lab.home, again).values} == {"ben", "eva"}
        second = lab.pay(again, nonce="2")
        assert {row.owner for row in second.payouts} == {"ben", "eva"}
        assert train.get_run(lab.home, again).withdrawn == []
        found = lab.wait(verify_home.start(lab.home, VerifyRequest(files=True)))
        assert found["state"] == "verified", found["first_bad"]

    def test_the_last_owner_may_withdraw(self, paid: Any) -> None:
        lab, given, *_ = paid
        for one in given.values():
            take_back(lab, one)
        with pytest.raises(NotFoundError, match="no contribution"):
            train.start(lab.home, "clouds", TrainRequest(size="quick"))
