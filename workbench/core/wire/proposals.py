"""Proposals: models offered in a champion's place."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from workbench.core.wire.message import JsonObject, Wire


class ShareView(Wire):
    """A part of a proposal's bounty, an exact fraction, and for what somebody gets it."""

    role: Literal["author", "data", "compute"]
    owner: str
    part: str


class ConditionView(Wire):
    """One of the three things that a challenger has to show."""

    name: str
    holds: bool
    found: str
    wanted: str


class VerdictView(Wire):
    """What the server signed of a proposal; ``gain`` in millionths of the metric."""

    record: str
    decision: Literal["passed", "waiting", "rejected"]
    reason: str
    found: str
    wanted: str
    conditions: list[ConditionView]
    p: float | None
    gain: str
    again_at: datetime | None
    created_at: datetime


class ProposalReviewView(Wire):
    """A person's signed word on a proposal."""

    record: str
    reviewer: str
    owner: str
    decision: Literal["comment", "approve", "request-changes"]
    text: str
    created_at: datetime


class ChampionView(Wire):
    """A merge: who became champion, after whom, and what that earned.

    Its bounty is held until ``final_at`` as long as it is provisional, with the owners once it
    is final, and back with the task when it is void.
    """

    id: str
    task: str
    number: int
    proposal: str
    base: str
    model: str
    gain: str
    bounty: str
    bounties: dict[str, str]
    state: Literal["provisional", "final", "void"]
    final_at: datetime | None
    rolled_back_because: str | None
    rolled_back_at: datetime | None
    created_at: datetime


class ProposalView(Wire):
    """A proposal and how far it has come; ``job`` is the one that judges it.

    ``pays`` is what a merge would pay now, in µcr: by the newest verdict, at most what is left of
    the task's bounties. It is None where nothing can be merged.
    """

    id: str
    task: str
    owner: str
    base: str
    recipe: JsonObject | None
    weights: str | None
    contributions: list[str]
    shares: list[ShareView]
    claim: str
    state: Literal["revealed", "checked", "evaluated", "merged", "rejected", "waiting", "stale"]
    reason: str
    remedy: str
    model: str | None
    again_at: datetime | None
    verdicts: list[VerdictView]
    reviews: list[ProposalReviewView]
    approvals: int
    approvals_wanted: int
    pays: str | None
    merge: ChampionView | None
    job: str | None
    created_at: datetime
    updated_at: datetime


class DataChange(Wire):
    """A contribution that one model was trained on and the other not."""

    contribution: str | None
    owner: str
    n_rows: int
    change: Literal["added", "removed", "kept"]


class ParameterChange(Wire):
    """A parameter of the recipe that is another than the champion's."""

    name: str
    champion: str | None
    challenger: str | None


class DiffView(Wire):
    """How a challenger differs from the champion that it would follow.

    ``scores``, ``slices``, ``disagreements`` and ``generations`` are those of a comparison of
    both on the gate's items; they are empty until the gate has measured them.
    """

    proposal: str
    champion: str
    challenger: str | None
    parameters: list[ParameterChange]
    data: list[DataChange]
    n_parameters: int | None
    groups: list[JsonObject]
    scores: list[JsonObject] = Field(default_factory=list)
    slices: list[JsonObject] = Field(default_factory=list)
    disagreements: list[JsonObject] = Field(default_factory=list)
    generations: list[JsonObject] = Field(default_factory=list)
    items_won: int | None = None
    items_lost: int | None = None
    items_alike: int | None = None
