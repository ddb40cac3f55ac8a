"""What one person has to know of a home: from a draft to the last credit, and nothing of others."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from tests.integration.workflows.test_dispute import dispute
from tests.integration.workflows.test_recompute import make_lab, valued
from workbench.core.roles import MACHINE, Caller
from workbench.core.wire import InboxView, TrainRequest
from workbench.storage.database import Database
from workbench.workflows import train
from workbench.workflows.inbox import inbox
from workbench.workflows.settle import settle_due

HOUR = 3600
POOL = 1_000_000_007


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("inbox")
    lab = make_lab(folder, recipe={"utility": "ridge"}, dispute_seconds=HOUR)
    yield lab
    lab.home.close()


def look(lab: Lab, name: str = "ana", **more: object) -> InboxView:
    return inbox(lab.home, MACHINE, name, datetime.now(UTC), **more)  # type: ignore[arg-type]


def steps(view: InboxView) -> dict[str, bool]:
    [own] = [c for c in view.contributions if c.state == "accepted"]
    return {moment.step: moment.at is not None for moment in own.timeline}


def test_a_stranger_has_an_empty_inbox_with_the_open_tasks(lab: Lab) -> None:
    view = look(lab, "nobody")
    assert (view.is_registered, view.needs, view.contributions) == (False, [], [])
    assert (view.earned.final, view.earned.estimated, view.earned.provisional) == ("0", [], [])
    assert [(task.id, task.pool) for task in view.tasks] == [("clouds", str(lab_pool(lab)))]


def lab_pool(lab: Lab) -> int:
    [row] = lab.home.database.read("balance_of", {"account": "pool:clouds"})
    return int(row["amount"])


def test_drafts_wait_for_their_owner_alone_until_they_are_signed(lab: Lab) -> None:
    draft = lab.draft("eva", make_rows(5, 77))
    [need] = look(lab, "eva").needs
    assert (need.kind, need.id, need.verb) == ("draft", draft.id, "submit")
    assert "5 rows" in need.words
    assert look(lab, "ana").needs == []
    lab.contribute("eva", make_rows(5, 77))
    assert look(lab, "eva").needs == []


def test_a_token_of_somebody_who_has_not_joined_shows_nobodys_group(lab: Lab) -> None:
    caller = Caller("ana2", None, ("contributor",))
    view = inbox(lab.home, caller, "ana", datetime.now(UTC))
    assert (view.person, view.owner, view.contributions) == ("ana2", "", [])


def test_from_submission_over_a_model_to_payment_with_each_state_by_itself(lab: Lab) -> None:
    before = datetime.now(UTC)
    assert steps(look(lab)) == {
        "draft": True, "submitted": True, "accepted": True, "in model": False, "paid": False
    }  # fmt: skip
    lab.wait(train.start(lab.home, "clouds", TrainRequest(size="quick")))
    assert steps(look(lab))["in model"]
    assert [one.kind for one in look(lab, since=before).news] == ["model"]
    study = valued(lab)
    [line] = look(lab).earned.estimated
    assert line.study == study
    assert int(line.amount_low) <= int(line.amount) <= int(line.amount_high)
    epoch = lab.pay(study)
    paid = {row.owner: row.amount for row in epoch.payouts}
    view = look(lab, since=before)
    assert view.earned.estimated == []
    [provisional] = view.earned.provisional
    assert (provisional.amount, provisional.until) == (paid["ana"], epoch.final_at)
    assert view.earned.final == "0"
    [need] = view.needs
    assert (need.kind, need.until, need.verb) == ("window", epoch.final_at, "dispute")
    assert view.news[0].id == epoch.id
    dispute(lab, "ben", epoch, now=datetime.now(UTC))
    assert look(lab).earned.provisional[0].is_disputed
    assert [need.kind for need in look(lab, "sponsor").needs] == ["dispute"]


def test_what_is_final_is_final_and_the_states_are_never_added_up(lab: Lab) -> None:
    lab.fund(POOL, nonce="more")
    study = valued(lab, seed=1)
    epoch = lab.pay(study, nonce="second")
    paid = {row.owner: row.amount for row in epoch.payouts}
    assert settle_due(lab.home, datetime.now(UTC) + timedelta(days=1)) == [epoch.id]
    earned = look(lab).earned
    assert (earned.final, earned.n_final) == (paid["ana"], 1)
    assert len(earned.provisional) == 1


def test_a_job_that_failed_waits_for_who_asked_and_running_ones_are_told(lab: Lab) -> None:
    from workbench.workflows.scheduler import Asking

    home = replace(lab.home, asking=Asking("ana", "normal"))
    job = home.start_job("fit", "clouds", {"nothing": "right"})
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever: it has to fail
        home.jobs.wait(job.id, 60)
    needs = [need for need in look(lab).needs if need.kind == "failed-job"]
    assert [need.id for need in needs] == [job.id]
    assert not [need for need in look(lab, "ben").needs if need.kind == "failed-job"]


def test_the_number_of_statements_does_not_grow_with_what_is_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = Database.read

    def counted(self: Database, name: str, parameters: object = None) -> object:
        asked.append(name)
        return read(self, name, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Database, "read", counted)
    look(lab)
    first = len(asked)
    for seed in range(200, 204):
        lab.draft("ana", make_rows(3, seed))
    asked.clear()
    assert len(look(lab).needs) >= 4
    assert len(asked) == first


def test_it_travels_as_json(lab: Lab) -> None:
    assert json.loads(look(lab).model_dump_json())["person"] == "ana"
