"""An epoch between its closing and its payment: who may stop it, until when, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest

from workbench.core.errors import ConflictError, ForbiddenError, InvalidMoveError
from workbench.ledger.epoch import Decision, Dispute, EpochWindow, Outcome

END = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE, AFTER = END - timedelta(microseconds=1), END + timedelta(days=1)


def window(
    *decisions: Decision | None, settled: Outcome | None = None, ends: datetime | None = END
) -> EpochWindow:
    """Return an epoch with disputes of owners a, b, … and what was decided on them."""
    disputes = [Dispute(f"d{k}", "abc"[k], one) for k, one in enumerate(decisions)]
    return EpochWindow("t:1", ends, disputes, settled)


@pytest.mark.parametrize(
    ("epoch", "state", "before", "after"),
    [
        (window(ends=None), "final", None, None),
        (window(), "provisional", None, "final"),
        (window(None), "disputed", None, None),
        (window("dismiss"), "provisional", None, "final"),
        (window("dismiss", None), "disputed", None, None),
        (window("dismiss", "uphold"), "provisional", "void", "void"),
        (window(None, "uphold"), "disputed", "void", "void"),
        (window("uphold", settled="void"), "void", None, None),
        (window("dismiss", settled="final"), "final", None, None),
    ],
)
def test_state_and_what_is_due(
    epoch: EpochWindow, state: str, before: str | None, after: str | None
) -> None:
    assert epoch.state == state
    assert epoch.due(BEFORE) == before
    assert epoch.due(END) == epoch.due(AFTER) == after


def test_a_provisional_epoch_can_be_disputed_by_each_owner_once() -> None:
    window().check_dispute("a", BEFORE)
    window(None).check_dispute("b", BEFORE)
    window("dismiss").check_dispute("b", BEFORE)
    with pytest.raises(ConflictError, match="a has disputed t:1 before"):
        window("dismiss").check_dispute("a", BEFORE)


@pytest.mark.parametrize(
    ("epoch", "now", "says"),
    [
        (window(), END, "could be disputed until 2026-12-01 00:00 UTC"),
        (window(None), AFTER, "could be disputed until"),
        (window(settled="final"), AFTER, "could be disputed until"),
        (window("uphold", settled="void"), BEFORE, "void already"),
        (window(ends=None), BEFORE, "final when it closed"),
    ],
)
def test_what_is_paid_void_or_late_cannot_be_disputed(
    epoch: EpochWindow, now: datetime, says: str
) -> None:
    with pytest.raises(InvalidMoveError, match=says):
        epoch.check_dispute("c", now)


def test_somebody_else_decides_once_as_long_as_the_pool_is_held() -> None:
    window(None).check_decision("d0", "b")
    with pytest.raises(ForbiddenError, match="a disputes t:1 and cannot decide"):
        window(None).check_decision("d0", "a")
    with pytest.raises(ConflictError, match="was decided before: dismiss"):
        window("dismiss").check_decision("d0", "b")
    with pytest.raises(InvalidMoveError, match="void already, by another dispute"):
        window(None, "uphold", settled="void").check_decision("d0", "b")
