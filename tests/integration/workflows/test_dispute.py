"""Between closing and payment: a pool is held, can be disputed, and is paid once or returns."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn

from tests.integration.workflows.conftest import Edit, Lab
from tests.integration.workflows.test_recompute import EPOCH_STEPS, first, make_lab, states, valued
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.wire import EpochView
from workbench.ledger.log import Fault
from workbench.server.activity import Activity
from workbench.server.app import create_app
from workbench.server.process import _Server
from workbench.workflows import pay
from workbench.workflows.dispute import dispute_epoch, resolve_dispute
from workbench.workflows.recompute import recompute
from workbench.workflows.settle import settle_due

Row = dict[str, Any]
HOUR = 3600
POOL = 1_000_000_007
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=2)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An open home whose task gives an hour for disputes."""
    folder: Path = tmp_path_factory.mktemp("disputed")
    lab = make_lab(folder, recipe={"utility": "ridge"}, owner_cap="1/4", dispute_seconds=HOUR)
    yield lab
    lab.home.close()


@pytest.fixture(scope="module")
def study(lab: Lab) -> str:
    """An exact study of all owners."""
    return valued(lab)


@pytest.fixture
def epoch(lab: Lab, study: str) -> Iterator[EpochView]:
    """A provisional epoch, of a pool that is funded for each test."""
    if balance(lab, "pool:clouds") == 0:
        lab.fund(POOL, nonce=f"{len(pay.list_epochs(lab.home, 'clouds'))} again")
    yield lab.pay(study, nonce=f"{len(pay.list_epochs(lab.home, 'clouds'))}")
    settle_due(lab.home, LATER)


@pytest.fixture
def edit(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """The same as elsewhere, in this module's home."""
    from tests.integration.workflows.conftest import edit as shared

    yield from shared.__wrapped__(lab, monkeypatch)


def balance(lab: Lab, account: str) -> int:
    [row] = lab.home.database.read("balance_of", {"account": account})
    return int(row["amount"])


def amounts(epoch: EpochView) -> dict[str, int]:
    return {row.owner: int(row.amount) for row in epoch.payouts}


def dispute(
    lab: Lab, who: str, epoch: EpochView, now: datetime = NOW, changes: Row | None = None
) -> EpochView:
    body = {"epoch": epoch.id, "reason": "my rows were counted twice"} | (changes or {})
    return dispute_epoch(lab.home, epoch.id, lab.sign(who, "dispute", body), now)


def decide(
    lab: Lab,
    who: str,
    dispute_id: str,
    decision: str,
    now: datetime = NOW,
    changes: Row | None = None,
) -> EpochView:
    body = {"dispute": dispute_id, "decision": decision, "reason": "looked at"} | (changes or {})
    return resolve_dispute(lab.home, dispute_id, lab.sign(who, "resolution", body), now)


def test_the_pool_is_held_until_the_window_ends_and_then_paid_once(
    lab: Lab, epoch: EpochView
) -> None:
    assert epoch.state == "provisional"
    assert epoch.final_at == epoch.created_at + timedelta(seconds=HOUR)
    hold = f"hold:{epoch.id}"
    assert (balance(lab, hold), balance(lab, "pool:clouds")) == (POOL, 0)
    before = {owner: balance(lab, f"user:{owner}") for owner in (*amounts(epoch), "sponsor")}

    assert settle_due(lab.home, epoch.final_at - timedelta(microseconds=1)) == []
    assert settle_due(lab.home, epoch.final_at) == [epoch.id]
    assert settle_due(lab.home, LATER) == []

    assert balance(lab, hold) == 0
    for owner, amount in amounts(epoch).items():
        assert balance(lab, f"user:{owner}") - before[owner] == amount
    assert balance(lab, "user:sponsor") - before["sponsor"] == int(epoch.returned) > 0
    found = pay.get_epoch(lab.home, epoch.id)
    assert found.state == "final"
    assert states(recompute(lab.home, epoch.id)) == dict.fromkeys(EPOCH_STEPS, "same")


def test_an_upheld_dispute_returns_the_pool(lab: Lab, epoch: EpochView) -> None:
    before = {owner: balance(lab, f"user:{owner}") for owner in amounts(epoch)}
    found = dispute(lab, "ana", epoch)
    assert (found.state, found.final_at) == ("disputed", None)
    [one] = found.disputes
    assert (one.owner, one.reason, one.decision) == ("ana", "my rows were counted twice", None)
    assert settle_due(lab.home, LATER) == []

    found = decide(lab, "sponsor", one.id, "uphold")
    assert found.state == "void"
    assert (found.disputes[0].decision, found.disputes[0].decided_by) == ("uphold", "sponsor")
    assert balance(lab, "pool:clouds") == POOL
    assert {owner: balance(lab, f"user:{owner}") for owner in before} == before
    assert settle_due(lab.home, LATER) == []
    assert states(recompute(lab.home, epoch.id)) == dict.fromkeys(EPOCH_STEPS, "same")


def test_a_dismissed_dispute_lets_the_window_end_as_it_would(lab: Lab, epoch: EpochView) -> None:
    assert epoch.final_at is not None
    [one] = dispute(lab, "ben", epoch).disputes
    assert decide(lab, "eva", one.id, "dismiss").state == "provisional"
    assert settle_due(lab.home, epoch.final_at) == [epoch.id]
    assert pay.get_epoch(lab.home, epoch.id).state == "final"
    assert states(recompute(lab.home, epoch.id)) == dict.fromkeys(EPOCH_STEPS, "same")


def test_a_dispute_dismissed_after_the_window_pays_at_once(lab: Lab, epoch: EpochView) -> None:
    [one] = dispute(lab, "ben", epoch).disputes
    assert settle_due(lab.home, LATER) == []
    found = decide(lab, "sponsor", one.id, "dismiss", LATER)
    assert (found.state, found.final_at) == ("final", LATER)
    assert balance(lab, f"hold:{epoch.id}") == 0


def test_each_open_dispute_holds_the_epoch(lab: Lab, epoch: EpochView) -> None:
    [one] = dispute(lab, "ana", epoch).disputes
    both = dispute(lab, "ben", epoch).disputes
    other = next(d for d in both if d.owner == "ben")
    assert decide(lab, "sponsor", one.id, "dismiss", LATER).state == "disputed"
    assert decide(lab, "sponsor", other.id, "uphold", LATER).state == "void"


def test_the_same_records_again_change_nothing(lab: Lab, epoch: EpochView) -> None:
    first_answer = dispute(lab, "ana", epoch)
    assert dispute(lab, "ana", epoch, LATER) == first_answer
    decided = decide(lab, "sponsor", first_answer.disputes[0].id, "uphold")
    assert decide(lab, "sponsor", first_answer.disputes[0].id, "uphold", LATER) == decided
    assert balance(lab, "pool:clouds") == POOL


def test_strangers_late_and_second_words_are_refused(lab: Lab, epoch: EpochView) -> None:
    with pytest.raises(ForbiddenError, match="leo was not valued in clouds:"):
        dispute(lab, "leo", epoch)
    with pytest.raises(InvalidMoveError, match="could be disputed until"):
        dispute(lab, "ana", epoch, epoch.final_at or NOW)
    [one] = dispute(lab, "ana", epoch).disputes
    with pytest.raises(ConflictError, match="ana has disputed"):
        dispute(lab, "ana", epoch, changes={"reason": "and another thing"})
    with pytest.raises(ForbiddenError, match="cannot decide on it"):
        decide(lab, "ana", one.id, "uphold")
    decide(lab, "sponsor", one.id, "dismiss")
    with pytest.raises(ConflictError, match="was decided before: dismiss"):
        decide(lab, "sponsor", one.id, "uphold")
    with pytest.raises(NotFoundError, match="no dispute has the id"):
        decide(lab, "sponsor", "f" * 64, "uphold")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": "  "}, "has 0 characters"),
        ({"reason": "x" * 2001}, "has 2,001 characters"),
        ({"epoch": "e" * 64}, "the record disputes"),
        ({"nonce": "1"}, "the body of a dispute is wrong"),
        ({"reason": 7}, "the body of a dispute is wrong"),
    ],
)
def test_a_dispute_of_another_shape_is_refused(
    lab: Lab, epoch: EpochView, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidInputError, match=says):
        dispute(lab, "ana", epoch, changes=changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"decision": "maybe"}, "no decision is called 'maybe'"),
        ({"dispute": "e" * 64}, "the record decides on"),
        ({"reason": ""}, "has 0 characters"),
        ({"why": ""}, "the body of a resolution is wrong"),
    ],
)
def test_a_decision_of_another_shape_is_refused(
    lab: Lab, epoch: EpochView, changes: dict[str, Any], says: str
) -> None:
    [one] = dispute(lab, "ana", epoch).disputes
    with pytest.raises(InvalidInputError, match=says):
        decide(lab, "sponsor", one.id, "dismiss", changes=changes)
    decide(lab, "sponsor", one.id, "dismiss")


def test_what_was_changed_of_a_dispute_is_named(lab: Lab, epoch: EpochView, edit: Edit) -> None:
    [one] = dispute(lab, "ana", epoch).disputes
    decide(lab, "sponsor", one.id, "dismiss")
    edit("dispute", {"id": one.id}, reason="none")
    edit("resolution", {"dispute": one.id}, reason="none")
    found = recompute(lab.home, epoch.id)
    assert first(found)[:2] == ("signed records", f"the dispute {one.id[:12]}")
    assert found.steps[0].differences[1].name == f"the decision on the dispute {one.id[:12]}"


def test_a_task_without_a_window_pays_at_once(open_lab: Callable[[], Lab]) -> None:
    lab = open_lab()
    lab.open_task(recipe={"utility": "ridge"})
    lab.contribute_all()
    lab.fund(POOL)
    epoch = lab.pay(valued(lab))
    assert (epoch.state, epoch.final_at) == ("final", epoch.created_at)
    with pytest.raises(InvalidMoveError, match="final when it closed"):
        dispute(lab, "ana", epoch)


def test_the_server_settles_by_itself_unless_the_log_is_damaged(
    lab: Lab, epoch: EpochView, edit: Edit
) -> None:
    edit("epoch", {"id": epoch.id}, final_at=NOW - timedelta(seconds=1))
    config = uvicorn.Config(create_app(lab.home, "a-token-of-this-test"))
    server = _Server(config, cast("Any", None), lab.home, Activity())
    lab.home.heads.fault = Fault(0, "a test damages it", "a log as it was written")
    try:
        server._settle()
        assert pay.get_epoch(lab.home, epoch.id).state == "provisional"
    finally:
        lab.home.heads.fault = None
    server._settle()
    assert pay.get_epoch(lab.home, epoch.id).state == "final"
