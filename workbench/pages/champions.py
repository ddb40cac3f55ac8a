"""``champions.json``: who moved a task's champion, what that paid, and what was rolled back."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from workbench.core.errors import NotFoundError
from workbench.core.units import MICRO_PER_METRIC
from workbench.core.wire import ChampionView
from workbench.pages.board import Money, make_money
from workbench.pages.numbers import format_gain, parse_amount

_PLACES = 4


class PublishedMerge(BaseModel):
    """A merged proposal.

    Attributes
    ----------
    number : of the merge; the task's first is 1.
    at : when, UTC.
    owner : who proposed it.
    proposal, base, model : the proposal, the champion before it and the one it made.
    gain : certified, in whole millionths of the metric.
    bounty, bounties : what it paid, and to whom, in µcr.
    state, final_at : where that money is, and until when it is held.
    rolled_back_at, rolled_back_because : of a merge that was undone.
    """

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1)
    at: datetime
    owner: str
    proposal: str
    base: str
    model: str
    gain: str
    bounty: str
    bounties: dict[str, str]
    state: str
    final_at: datetime | None = None
    rolled_back_at: datetime | None = None
    rolled_back_because: str | None = None


class PublishedChampions(BaseModel):
    """All merges of a task, oldest first; none before the first, or of an older publication."""

    model_config = ConfigDict(frozen=True)

    task: str
    merges: list[PublishedMerge] = Field(default_factory=list)


@dataclass(frozen=True)
class MergeSteps:
    """What a page prints of a merge, beside its own fields."""

    merge: PublishedMerge
    gain: str
    bounty: Money
    parts: list[tuple[str, Money]]


def published_merge(found: ChampionView, owner: str) -> PublishedMerge:
    """Return what is published of a merge; ``owner`` proposed it."""
    shared = found.model_dump(include=set(PublishedMerge.model_fields))
    return PublishedMerge(at=found.created_at, owner=owner, **shared)


def gain_text(merge: PublishedMerge) -> str:
    """Return a merge's certified gain with its sign."""
    return format_gain(parse_amount(merge.gain) / MICRO_PER_METRIC, _PLACES)


def make_merge(champions: PublishedChampions, number: str) -> MergeSteps:
    """Return what a page prints of the merge of a number.

    Raises
    ------
    NotFoundError
        The task has no such merge.
    """
    merge = next((one for one in champions.merges if str(one.number) == number), None)
    if merge is None:
        raise NotFoundError(
            f"task {champions.task} has no merge {number[:20]!r}", wanted="one of its merges"
        )
    return MergeSteps(
        merge=merge,
        gain=gain_text(merge),
        bounty=make_money(merge.bounty),
        parts=[(owner, make_money(amount)) for owner, amount in sorted(merge.bounties.items())],
    )


def merge_labels(champions: PublishedChampions) -> list[tuple[str, str]]:
    """Return a label and the number of each merge, newest first."""
    return [
        (f"{one.number}: {one.owner}, {one.at:%Y-%m-%d}", str(one.number))
        for one in reversed(champions.merges)
    ]
