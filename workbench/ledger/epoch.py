"""From closed to paid: an epoch is provisional until its window ends, unless it is disputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from workbench.core.errors import ConflictError, ForbiddenError, InvalidMoveError

EpochState = Literal["provisional", "disputed", "final", "void"]
Decision = Literal["uphold", "dismiss"]
Outcome = Literal["final", "void"]

UPHOLD: Final = "uphold"
DISMISS: Final = "dismiss"


@dataclass(frozen=True)
class Dispute:
    """A signed word against an epoch.

    Attributes
    ----------
    id : of its record.
    owner : owner group that disputes.
    decision : None as long as nobody has decided.
    """

    id: str
    owner: str
    decision: Decision | None = None


@dataclass(frozen=True)
class EpochWindow:
    """An epoch between its closing and its payment.

    Attributes
    ----------
    name : of the epoch, for people.
    final_at : when the window ends, UTC; ``None`` where there is none: it was final at once.
    disputes : in any order.
    settled : what became of the pool that was held; ``None`` as long as it is held.
    """

    name: str
    final_at: datetime | None
    disputes: Sequence[Dispute] = ()
    settled: Outcome | None = None

    @property
    def state(self) -> EpochState:
        """Where the epoch stands by what is recorded; no clock changes it."""
        if self.final_at is None:
            return "final"
        if self.settled is not None:
            return self.settled
        return "disputed" if self._is_open else "provisional"

    def due(self, now: datetime) -> Outcome | None:
        """Return what has to become of the pool that is held; ``None`` as long as it stays."""
        if self.final_at is None or self.settled is not None:
            return None
        if any(one.decision == UPHOLD for one in self.disputes):
            return "void"
        return None if self._is_open or now < self.final_at else "final"

    def check_dispute(self, owner: str, now: datetime) -> None:
        """Raise unless an owner may dispute the epoch now.

        Raises
        ------
        InvalidMoveError
            It is final, void, or its window has ended.
        ConflictError
            The owner has disputed it before.
        """
        if self.final_at is None:
            raise InvalidMoveError(
                f"{self.name} was final when it closed: its task gives no time for disputes",
                wanted="an epoch that is provisional",
                next_step="open the next task with dispute_seconds",
            )
        if self.settled is not None or now >= self.final_at:
            raise InvalidMoveError(
                f"{self.name} is void already: its pool has returned"
                if self.settled == "void"
                else f"{self.name} could be disputed until {when(self.final_at)}",
                wanted="an epoch that is provisional",
                next_step="talk to the task's sponsor: what was paid stays paid",
            )
        if any(one.owner == owner for one in self.disputes):
            raise ConflictError(
                f"{owner} has disputed {self.name} before",
                wanted="one dispute of an epoch by an owner",
                next_step="see what became of it: workbench sql 'select * from dispute'",
            )

    def check_decision(self, dispute: str, owner: str) -> None:
        """Raise unless an owner group may decide a dispute of this epoch.

        Raises
        ------
        ForbiddenError
            Nobody decides its own dispute.
        ConflictError
            It was decided before.
        InvalidMoveError
            The epoch is void, by another dispute.
        """
        [found] = [one for one in self.disputes if one.id == dispute]
        if found.decision is not None:
            raise ConflictError(
                f"the dispute {dispute[:12]} was decided before: {found.decision}",
                wanted="a dispute that nobody has decided",
            )
        if self.settled is not None:
            raise InvalidMoveError(
                f"{self.name} is void already, by another dispute",
                wanted="an epoch whose pool is still held",
            )
        if found.owner == owner:
            raise ForbiddenError(
                f"{owner} disputes {self.name} and cannot decide on it",
                wanted="the word of somebody else: the sponsor's or a treasurer's",
            )

    @property
    def _is_open(self) -> bool:
        return any(one.decision is None for one in self.disputes)


def when(at: datetime) -> str:
    """Return a moment as people read it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
