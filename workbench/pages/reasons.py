"""Why an owner got its amount, as a page and its JSON: numbers, never rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.core.wire import WhyView
from workbench.pages.board import Money, make_money, owner_key, unit_of
from workbench.pages.numbers import format_gain, format_value, value_places

# What is for the owner alone: which of its rows, in which of its files.
_PRIVATE = {"helped", "hurt", "rows_say", "duplicates"}


def why_name(why: WhyView) -> str:
    """Return the name of an owner's page in an epoch, without its ending; it never changes."""
    return f"{why.number}-{owner_key(why.owner)}"


def why_document(why: WhyView) -> dict[str, Any]:
    """Return what is published of the reasons: everything but what names rows."""
    n_duplicates = sum(row.n_rows for row in why.duplicates)
    return why.model_dump(mode="json", exclude=_PRIVATE) | {"n_duplicates": n_duplicates}


@dataclass(frozen=True)
class Reasons:
    """What the page prints beside the view's own fields.

    Attributes
    ----------
    why : the view.
    amount : what the owner gets.
    parts_of_amount : name and amount of each part, which sum to it.
    unit : of the values.
    n_duplicates : rows that a gate took out.
    json_name : of the file with the same numbers.
    gain, score : a difference and a score as text, with as many decimals as mean something.
    """

    why: WhyView
    amount: Money
    parts_of_amount: list[tuple[str, Money]]
    unit: str
    n_duplicates: int
    json_name: str
    gain: Callable[[float], str]
    score: Callable[[float], str]


def make_reasons(why: WhyView) -> Reasons:
    """Return what the page prints of the reasons."""
    places = value_places([why.value], [why.standard_error])
    parts = [(f"pool × {why.weight} ÷ {why.whole} units, rounded down", why.floor)]
    if why.rounding:
        parts.append(("one of the largest remainders", str(why.rounding)))
    if int(why.above_cap):
        parts.append((f"above {why.owner_cap} of the pool", f"-{why.above_cap}"))
    return Reasons(
        why=why,
        amount=make_money(why.amount),
        parts_of_amount=[(name, make_money(amount)) for name, amount in parts],
        unit=unit_of(why.metric),
        n_duplicates=sum(row.n_rows for row in why.duplicates),
        json_name=f"{why_name(why)}.json",
        gain=lambda value: format_gain(value, places),
        score=lambda value: format_value(value, places),
    )
