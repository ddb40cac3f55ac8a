"""A task's story: what it is, what came in, who was its champion, what was paid, what is next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from workbench.core.units import MICRO_PER_METRIC
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages.board import Money, make_money
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
    """A model that became the champion: when, by which run, at what utility."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    model: str
    run: str
    utility: float


class Merged(BaseModel):
    """A proposal that moved the champion: when, whose it was, and what it was paid.

    ``gain`` is certified, in millionths of the metric; ``bounty`` is in µcr.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    owner: str
    model: str
    gain: str
    bounty: str
    state: str


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
    champion : the model that the task stands behind; None before the first.
    arrivals, reigns, merges, closings : what happened, oldest first.
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
    champion: str | None
    reigns: list[Reign]
    merges: list[Merged]
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
    arrivals, reigns : newest first, as many as are drawn; a reign with its text.
    merges : newest first, with the certified gain and the bounty.
    n_more : arrivals that are in the JSON alone.
    closings : newest first, with their amounts.
    best_per_row : what the best paid rows got each.
    window : how long a payout can be disputed; empty where it is paid at once.
    """

    pool: Money
    n_rows: str
    n_owners: int
    data: Curve | None
    champion: Curve | None
    arrivals: list[Arrival]
    reigns: list[tuple[Reign, str]]
    merges: list[tuple[Merged, str, Money]]
    n_more: int
    closings: list[tuple[Closing, Money, Money]]
    best_per_row: Money | None
    window: str


def make_story(story: TaskStory) -> Story:
    """Return what the page prints of a task's story."""
    total, grown = 0, []
    for one in story.arrivals:
        total += one.n_rows
        grown.append((one.at, float(total)))
    utilities = [one.utility for one in story.reigns]
    places = max(3, value_places(utilities, []))
    newest = story.arrivals[::-1]
    return Story(
        pool=make_money(story.pool),
        n_rows=f"{total:,}",
        n_owners=len({one.owner for one in story.arrivals}),
        data=make_curve(grown, until=story.as_of, from_zero=True),
        champion=make_curve(
            [(one.at, one.utility) for one in story.reigns], until=story.as_of, from_zero=False
        ),
        arrivals=newest[:_MOST_LINES],
        reigns=[(one, format_value(one.utility, places)) for one in story.reigns[::-1]],
        merges=[
            (one, f"{int(one.gain) / MICRO_PER_METRIC:.4f}", make_money(one.bounty))
            for one in story.merges[::-1]
        ],
        n_more=max(0, len(newest) - _MOST_LINES),
        closings=[
            (one, make_money(one.pool), make_money(one.paid)) for one in story.closings[::-1]
        ],
        best_per_row=None if story.best_per_row is None else make_money(story.best_per_row),
        window=_window(story.dispute_seconds),
    )


def make_reigns(tunes: Sequence[Reign]) -> list[Reign]:
    """Return the fine-tunes that became champion: at least as good as every one before."""
    reigns: list[Reign] = []
    for one in sorted(tunes, key=lambda one: (one.at, one.run)):
        if not reigns or one.utility >= reigns[-1].utility:
            reigns.append(one)
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
