"""What happened to a task, event after event: data, fine-tunes, merges, rollbacks, payouts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.pages.board import Money, make_money
from workbench.pages.champions import merge_steps
from workbench.pages.numbers import format_value, value_places
from workbench.pages.stories import TaskStory

# What of a story can be looked at by itself, with its label.
STRANDS: Final = {
    "all": "Everything",
    "champion": "Who moved the champion",
    "data": "Data that came in",
    "money": "What was paid",
}
_MOST_LINES: Final = 200
_SHOWN: Final = 12


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes
    ----------
    at : when.
    what : in words of ours.
    who : the owner whose doing it was; empty where it was nobody's.
    note : a model, a licence, or the reason that somebody gave.
    number, unit : how much; empty where it is money or nothing.
    money : in credits.
    strands : keys of ``STRANDS`` that it belongs to.
    """

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    number: str = ""
    unit: str = ""
    money: Money | None = None
    strands: tuple[str, ...] = ()


def make_events(story: TaskStory, strand: str) -> tuple[list[Event], int]:
    """Return the events of one of ``STRANDS``, newest first, and how many more there are."""
    if strand not in STRANDS:
        raise InvalidInputError(f"{strand!r} is no part of a story", wanted=", ".join(STRANDS))
    events = [
        one
        for one in (*_data(story), *_models(story), *_merges(story), *_epochs(story))
        if strand == "all" or strand in one.strands
    ]
    events.sort(key=lambda one: (one.at, one.what, one.who), reverse=True)
    return events[:_MOST_LINES], max(0, len(events) - _MOST_LINES)


def _data(story: TaskStory) -> list[Event]:
    return [
        Event(one.at, "Data offered", one.owner, one.license, f"{one.n_rows:,}",
              "row" if one.n_rows == 1 else "rows", strands=("data",))
        for one in story.arrivals
    ]  # fmt: skip


def _models(story: TaskStory) -> list[Event]:
    # What merges and rollbacks did is told by the merges.
    trained = [
        (one, one.utility)
        for one in story.reigns
        if one.how == "trained" and one.utility is not None
    ]
    places = max(3, value_places([utility for _, utility in trained], []))
    return [
        Event(one.at, "Best fine-tune so far", "", f"model {one.model[:_SHOWN]}",
              format_value(utility, places), "utility", strands=("champion",))
        for one, utility in trained
    ]  # fmt: skip


def _merges(story: TaskStory) -> list[Event]:
    events = []
    for one in story.merges:
        note = f"model {one.model[:_SHOWN]}, {merge_steps(one).gain} certified"
        events.append(
            Event(one.at, f"Merge {one.number}: a new champion", one.owner, note,
                  money=make_money(one.bounty), unit=_bounty_state(one.state),
                  strands=("champion", "money"))
        )  # fmt: skip
        if one.rolled_back_at is not None:
            reason = one.rolled_back_because or ""
            events.append(
                Event(one.rolled_back_at, f"Merge {one.number} rolled back", "", reason,
                      strands=("champion", "money"))
            )  # fmt: skip
    return events


def _bounty_state(state: str) -> str:
    return {"final": "credits, paid", "provisional": "credits, held"}.get(state, "credits, void")


def _epochs(story: TaskStory) -> list[Event]:
    return [
        Event(one.at, f"Epoch {one.number} closed", "",
              f"{one.n_owners:,} owner{'' if one.n_owners == 1 else 's'}",
              unit={"final": "credits, paid"}.get(one.state, f"credits, {one.state}"),
              money=make_money(one.paid), strands=("money",))
        for one in story.closings
    ]  # fmt: skip
