"""A task's story: what it is, what came in, who was its champion, what was paid, what is next."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.core.wire import ChampionView, EpochView, PayoutRow
from workbench.pages.board import Money, make_money, unit_of
from workbench.pages.champions import MergeSteps, Merging, merge_steps
from workbench.pages.charts import Curve, make_curve
from workbench.pages.numbers import format_value, parse_amount, value_places

# So many lines of a table; its JSON has them all.
_MOST_LINES: Final = 200
_DAY: Final = 24 * 60 * 60


class Arrival(BaseModel):
    """Accepted data: when they were offered, whose they are, how many rows count."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    owner: str
    n_rows: int
    license: str


class Reign(BaseModel):
    """A model that became the champion: when, by which run, at what utility, and how.

    ``run`` and ``utility`` are None for weights that no run of the home has made. A model that
    was *trained* became champion as the best of them; a *proposal* is the first of its task, which
    fixes what it is held against; from then on champions are *merged* and *rolled back* to.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    model: str
    run: str | None
    utility: float | None
    how: Literal["trained", "proposal", "merged", "rolled back"] = "trained"


class Closing(BaseModel):
    """An epoch in one line."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    state: str
    pool: str
    paid: str
    returned: str
    n_owners: int


class TaskStory(BaseModel):
    """``task.json``: all that the task's page says.

    Attributes
    ----------
    id, title, kind, sponsor, created_at : of the task.
    rows : what a row holds.
    metric : what values are measured in.
    base : name of the base model; None where the task has none.
    licenses : of which one must match a contribution's.
    classes : labels of a classification.
    pool : what is in the pool now, in µcr.
    pay_on, semivalue, owner_cap, minimum_gain_units, dispute_seconds : how it pays.
    arrivals, reigns, merges, closings : what happened, oldest first.
    bounties : what waits for whoever makes the champion better, in µcr.
    bounty_price : of a certified millionth of the metric, in µcr.
    best_owner, best_per_row : whose rows were paid best each in the newest epoch, and how much,
        in µcr rounded down; None where nobody was paid.
    as_of : when the newest of it happened.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    kind: str
    rows: str
    sponsor: str
    created_at: datetime
    metric: str
    base: str | None
    licenses: list[str]
    classes: list[str]
    pool: str
    pay_on: str
    semivalue: str
    owner_cap: str | None
    minimum_gain_units: str
    dispute_seconds: int
    arrivals: list[Arrival]
    reigns: list[Reign]
    merges: list[Merging] = Field(default_factory=list)
    bounties: str = "0"
    bounty_price: str = "0"
    closings: list[Closing]
    best_owner: str | None
    best_per_row: str | None
    as_of: datetime


@dataclass(frozen=True)
class Story:
    """What the page prints beside the story's own fields.

    Attributes
    ----------
    pool : what is in the pool.
    n_rows, n_owners : accepted.
    data, champion : lines over time.
    arrivals, reigns : newest first, as many as are drawn; a reign with its text, empty where
        nobody knows its utility.
    merges : newest first.
    bounties, bounty_price : what waits for a better champion, and for how much of a gain.
    n_more : arrivals that are in the JSON alone.
    closings : newest first, with their amounts.
    best_per_row : what the best paid rows got each.
    window : how long a payout can be disputed; empty where it is paid at once.
    unit : of utilities.
    """

    pool: Money
    n_rows: str
    n_owners: int
    data: Curve | None
    champion: Curve | None
    arrivals: list[Arrival]
    reigns: list[tuple[Reign, str]]
    merges: list[MergeSteps]
    bounties: Money
    bounty_price: Money
    n_more: int
    closings: list[tuple[Closing, Money, Money]]
    best_per_row: Money | None
    window: str
    unit: str


def make_story(story: TaskStory) -> Story:
    """Return what the page prints of a task's story."""
    total, grown = 0, []
    for one in story.arrivals:
        total += one.n_rows
        grown.append((one.at, float(total)))
    known = [(one.at, one.utility) for one in story.reigns if one.utility is not None]
    utilities = [utility for _, utility in known]
    places = max(3, value_places(utilities, []))
    newest = story.arrivals[::-1]
    return Story(
        pool=make_money(story.pool),
        n_rows=f"{total:,}",
        n_owners=len({one.owner for one in story.arrivals}),
        data=make_curve(grown, until=story.as_of, from_zero=True),
        champion=make_curve(known, until=story.as_of, from_zero=False),
        arrivals=newest[:_MOST_LINES],
        reigns=[
            (one, "" if one.utility is None else format_value(one.utility, places))
            for one in story.reigns[::-1]
        ],
        merges=[merge_steps(one) for one in story.merges[::-1]],
        bounties=make_money(story.bounties),
        # For a thousandth of the metric: a millionth is worth next to nothing.
        bounty_price=make_money(str(1_000 * int(story.bounty_price))),
        n_more=max(0, len(newest) - _MOST_LINES),
        closings=[
            (one, make_money(one.pool), make_money(one.paid)) for one in story.closings[::-1]
        ],
        best_per_row=None if story.best_per_row is None else make_money(story.best_per_row),
        window=_window(story.dispute_seconds),
        unit=unit_of(story.metric),
    )


def make_reigns(
    tunes: Sequence[Reign],
    fixed: tuple[datetime, str] | None = None,
    merges: Sequence[ChampionView] = (),
) -> list[Reign]:
    """Return who became champion, oldest first.

    Parameters
    ----------
    tunes : fine-tunes. Until the first proposal each that is at least as good as every one before
        is champion.
    fixed : when the first proposal was revealed, and the model that it is to follow.
    merges : of the task, in order.
    """
    reigns: list[Reign] = []
    known = {one.model: one for one in tunes}

    def crown(at: datetime, model: str, how: Literal["proposal", "merged", "rolled back"]) -> None:
        made = known.get(model)
        run, utility = (None, None) if made is None else (made.run, made.utility)
        reigns.append(Reign(at=at, model=model, run=run, utility=utility, how=how))

    best = -math.inf
    for one in sorted(tunes, key=lambda one: (one.at, str(one.run))):
        if one.utility is not None and one.utility >= best and (not fixed or one.at <= fixed[0]):
            best = one.utility
            reigns.append(one)
    if fixed is not None and (not reigns or reigns[-1].model != fixed[1]):
        crown(*fixed, "proposal")
    moves = [(one.created_at, one.model, "merged") for one in merges]
    # Only the latest merge is rolled back: the champion before it stands again.
    moves += [
        (one.rolled_back_at, one.base, "rolled back")
        for one in merges
        if one.rolled_back_at is not None
    ]
    for at, model, how in sorted(moves):
        crown(at, model, "merged" if how == "merged" else "rolled back")
    return reigns


def make_closing(epoch: EpochView) -> Closing:
    """Return an epoch in one line."""
    return Closing(
        number=epoch.number,
        at=epoch.created_at,
        state=epoch.state,
        pool=epoch.pool,
        paid=epoch.paid,
        returned=epoch.returned,
        n_owners=len(epoch.payouts),
    )


def best_paid(payouts: Sequence[PayoutRow]) -> tuple[str, int] | None:
    """Return whose rows were paid best each, and the µcr a row rounded down; ties by name."""
    each = [(-(parse_amount(row.amount) // row.n_rows), row.owner) for row in payouts if row.n_rows]
    least, owner = min(each, default=(0, ""))
    return (owner, -least) if least < 0 else None


def _window(seconds: int) -> str:
    for length, name in ((_DAY, "day"), (60 * 60, "hour"), (60, "minute"), (1, "second")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length:,} {name}{'' if seconds == length else 's'}"
    return ""
