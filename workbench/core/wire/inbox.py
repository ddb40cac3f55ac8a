"""What one person has to know of a home."""

from datetime import datetime
from typing import Literal

from workbench.core.roles import Role
from workbench.core.wire.message import Wire


class NeedView(Wire):
    """Something that waits for the person: what it is, in words, and the verb that answers it.

    ``thing`` and ``id`` are its address; ``until`` is when it is too late.
    """

    kind: Literal[
        "draft",
        "findings",
        "quarantine",
        "movement",
        "window",
        "dispute",
        "hold",
        "failed-job",
        "proposal",
        "merge",
    ]
    thing: Literal["contribution", "movement", "epoch", "hold", "job", "proposal"]
    id: str
    task: str | None
    words: str
    verb: str
    since: datetime
    until: datetime | None = None


class EstimateLine(Wire):
    """What a study would pay, were the pool paid now: always a range."""

    task: str
    study: str
    amount_low: str
    amount: str
    amount_high: str


class EpochLine(Wire):
    """What an epoch pays, and the moment that decides on it."""

    epoch: str
    task: str
    number: int
    amount: str
    until: datetime | None
    is_disputed: bool


class BountyLine(Wire):
    """A part of a merge's bounty that is held until a moment, or that a rollback returned.

    ``because`` is why it was rolled back; empty while it is held.
    """

    proposal: str
    task: str
    amount: str
    state: Literal["provisional", "void"]
    until: datetime | None
    because: str


class EarnedView(Wire):
    """What came to an owner group, by state; the states are never added up.

    ``final`` and ``returned`` are sums in µcr over ``n_final`` and ``n_returned`` epochs:
    returned is what epochs would have paid that a dispute made void. ``bounties`` are those of
    merges that are not paid, held ones first; ``final_bounties`` is what ``n_final_bounties``
    merges have paid.
    """

    estimated: list[EstimateLine]
    provisional: list[EpochLine]
    final: str
    n_final: int
    returned: str
    n_returned: int
    bounties: list[BountyLine]
    final_bounties: str
    n_final_bounties: int


class MomentView(Wire):
    """A step on a contribution's way: done at a time, or still to come."""

    step: str
    words: str
    at: datetime | None


class OwnContribution(Wire):
    """One of the person's contributions, with its way from draft to payment."""

    id: str
    task: str
    state: str
    file_name: str
    n_rows: int
    updated_at: datetime
    timeline: list[MomentView]


class OwnTask(Wire):
    """An open task and its pool, in µcr."""

    id: str
    title: str
    kind: str
    pool: str
    created_at: datetime


class OwnJob(Wire):
    """A job that waits or runs."""

    id: str
    verb: str
    task: str | None
    state: str
    requested_by: str | None
    created_at: datetime


class NewsView(Wire):
    """Something that happened since the person last looked."""

    kind: str
    id: str
    task: str
    words: str
    at: datetime


class InboxView(Wire):
    """What waits for a person, what they earned, and where their contributions are.

    ``as_of`` is what to ask with the next time, as ``since``. Lists end at 50 entries;
    ``n_contributions`` counts all.
    """

    as_of: datetime
    person: str
    owner: str
    roles: list[Role]
    is_registered: bool
    needs: list[NeedView]
    earned: EarnedView
    contributions: list[OwnContribution]
    n_contributions: int
    news: list[NewsView]
    tasks: list[OwnTask]
    jobs: list[OwnJob]
