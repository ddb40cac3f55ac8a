"""Merges of a task: who moved its champion, what that paid, and what was rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from workbench.core.errors import NotFoundError
from workbench.core.units import micro_text
from workbench.core.wire import ChampionView, ProposalView
from workbench.pages.board import Money, make_money


class Merging(BaseModel):
    """A merge: who offered which model, what is certain of its gain, what became of its bounty.

    ``gain`` is in millionths of the metric, amounts in µcr.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    proposal: str
    owner: str
    claim: str
    model: str
    base: str
    gain: str
    bounty: str
    bounties: dict[str, str]
    state: Literal["provisional", "final", "void"]
    final_at: datetime | None
    rolled_back_at: datetime | None
    rolled_back_because: str | None


@dataclass(frozen=True)
class MergeSteps:
    """What a page prints of a merge, beside its own fields."""

    merge: Merging
    gain: str
    bounty: Money
    parts: list[tuple[str, Money]]


def make_merging(champion: ChampionView, proposal: ProposalView) -> Merging:
    """Return a merge with who offered it and why."""
    shared = champion.model_dump(include=set(Merging.model_fields))
    told = {"at": champion.created_at, "owner": proposal.owner, "claim": proposal.claim}
    return Merging(**(shared | told))


def merge_steps(merge: Merging) -> MergeSteps:
    """Return what a page prints of a merge."""
    return MergeSteps(
        merge=merge,
        gain=f"+{micro_text(merge.gain)}",
        bounty=make_money(merge.bounty),
        # What returned was paid to nobody.
        parts=[
            (owner, make_money(amount))
            for owner, amount in sorted(merge.bounties.items())
            if merge.state != "void"
        ],
    )


def find_merge(merges: Sequence[Merging], number: str) -> MergeSteps:
    """Return what a page prints of the merge of a number.

    Raises
    ------
    NotFoundError
        There is no such merge.
    """
    for merge in merges:
        if str(merge.number) == number:
            return merge_steps(merge)
    raise NotFoundError(f"there is no merge {number[:20]!r}", wanted="one of the task's merges")


def merge_labels(merges: Sequence[Merging]) -> list[tuple[str, str]]:
    """Return a label and the number of each merge, newest first."""
    return [
        (f"{one.number}: {one.owner}, {one.at:%Y-%m-%d}", str(one.number)) for one in merges[::-1]
    ]
