"""Holds: which moves there are, and that none makes or loses credits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from workbench.core.errors import InvalidInputError, InvalidMoveError
from workbench.ledger.hold import LONGEST, Hold
from workbench.ledger.posting import Posting, apply_postings

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOLD = Hold("h", "ana", "ben", 10, NOW + HOUR)


def test_what_is_settled_goes_to_the_payee_and_the_rest_back() -> None:
    assert HOLD.opening(NOW) == [Posting("user:ana", "hold:h", 10)]
    assert HOLD.settle(7, NOW) == [
        Posting("hold:h", "user:ben", 7),
        Posting("hold:h", "user:ana", 3),
    ]
    assert HOLD.settle(10, NOW) == [Posting("hold:h", "user:ben", 10)]


@pytest.mark.parametrize("postings", [HOLD.settle(4, NOW), HOLD.void(NOW), HOLD.expire(NOW + HOUR)])
def test_every_end_empties_the_hold(postings: list[Posting]) -> None:
    after = apply_postings({"hold:h": 10}, postings)
    assert after["hold:h"] == 0
    assert sum(after.values()) == 10


def test_no_more_is_settled_than_is_held() -> None:
    with pytest.raises(InvalidMoveError, match=r"of 0\.00001 credits"):
        HOLD.settle(11, NOW)


@pytest.mark.parametrize("state", ["settled", "void", "expired"])
def test_what_has_ended_ends_once(state: str) -> None:
    ended = replace(HOLD, state=state)  # type: ignore[arg-type]
    for move in (
        lambda: ended.settle(1, NOW),
        lambda: ended.void(NOW),
        lambda: ended.expire(NOW + HOUR),
    ):
        with pytest.raises(InvalidMoveError, match=f"is {state}"):
            move()


def test_time_alone_decides_between_settling_and_expiring() -> None:
    with pytest.raises(InvalidMoveError, match="expires at"):
        HOLD.expire(NOW + HOUR - timedelta(microseconds=1))
    for move in (lambda: HOLD.settle(1, NOW + HOUR), lambda: HOLD.void(NOW + HOUR)):
        with pytest.raises(InvalidMoveError, match="expired at"):
            move()


@pytest.mark.parametrize("expires_at", [NOW, NOW - HOUR, NOW + LONGEST + HOUR])
def test_a_hold_lasts_for_a_while_and_not_for_ever(expires_at: datetime) -> None:
    with pytest.raises(InvalidInputError, match="expires at"):
        replace(HOLD, expires_at=expires_at).opening(NOW)
