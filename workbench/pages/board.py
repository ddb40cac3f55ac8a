"""From an epoch to what its table shows: sorted, checked to the unit, formatted."""

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages.numbers import (
    Z95,
    axis_ticks,
    credits_places,
    format_amount,
    format_gain,
    format_percent,
    format_value,
    parse_amount,
    value_places,
)

_UNITS = {
    "negative loss per token": "nats per token",
    "log-likelihood": "nats per row",
    "accuracy": "share of test rows",
}


@dataclass(frozen=True)
class Money:
    """An amount: exact text in two parts, and as a machine reads it."""

    micro: int
    text: str
    further: str


@dataclass(frozen=True)
class Tick:
    """A labelled place on the interval axis, in percent of its width."""

    at: float
    label: str
    is_zero: bool


@dataclass(frozen=True)
class Line:
    """One owner's row; places on the axis are percentages of its width."""

    owner: str
    key: str
    rank: int
    rank_text: str
    shares_rank: bool
    n_rows: str
    value: float
    value_text: str
    error_text: str
    low_text: str
    high_text: str
    low_at: float
    value_at: float
    high_at: float
    share: float
    share_text: str
    bar_width: float
    amount: Money


# A page of more owners is slow to draw: the rest is on a page of its own.
MOST_DRAWN: Final = 200


@dataclass(frozen=True)
class Board:
    """Everything a page prints about one epoch."""

    lines: list[Line]
    ticks: list[Tick]
    zero_at: float
    unit: str
    pool: Money
    paid: Money
    returned: Money
    # The same three as they stand by themselves, not in a column.
    short_pool: Money
    short_paid: Money
    short_returned: Money
    n_paid: int
    ranks_overlap: bool

    @property
    def drawn(self) -> list[Line]:
        """The first owners, with all that is drawn of them."""
        return self.lines[:MOST_DRAWN]

    @property
    def n_more(self) -> int:
        """How many owners are on the page of all owners alone."""
        return len(self.lines) - len(self.drawn)


def make_board(epoch: EpochView, metric: str) -> Board:
    """Return what the pages show of an epoch.

    Raises
    ------
    InvalidInputError
        The payouts do not sum to what was paid, or paid and returned not to the pool. Pages
        that do not add up are never written or drawn.
    """
    pool, paid, returned, amounts = _checked_amounts(epoch)
    rows = [
        row
        for _, row in sorted(
            zip(amounts, epoch.payouts, strict=True),
            key=lambda pair: (pair[1].rank, -pair[0], pair[1].owner),
        )
    ]
    scale = _Scale.of(rows)
    places = value_places([r.value for r in rows], [r.standard_error for r in rows])
    money = credits_places([pool, paid, returned, *amounts])
    ranks = rank_ranges(rows)
    lines = [_line(row, ends, scale, places, money) for row, ends in zip(rows, ranks, strict=True)]
    return Board(
        lines=lines,
        ticks=scale.ticks(),
        zero_at=scale.at(0.0),
        unit=unit_of(metric),
        pool=_money(pool, money),
        paid=_money(paid, money),
        returned=_money(returned, money),
        short_pool=make_money(epoch.pool),
        short_paid=make_money(epoch.paid),
        short_returned=make_money(epoch.returned),
        n_paid=sum(amount > 0 for amount in amounts),
        ranks_overlap=any(line.shares_rank for line in lines),
    )


def owner_key(owner: str) -> str:
    """Return an owner's part of an address: its name is whatever it chose, its digest is not."""
    return sha256_hex(owner.encode())[:16]


def unit_of(metric: str) -> str:
    """Return the unit of a metric's values; an unknown metric is its own unit."""
    return _UNITS.get(metric, metric)


def make_money(amount: str) -> Money:
    """Return an amount by itself, with no more decimals than it needs."""
    micro = parse_amount(amount)
    return _money(micro, credits_places([micro]))


def rank_ranges(rows: Sequence[PayoutRow]) -> list[tuple[int, int]]:
    """Return for each row the best and worst rank that overlapping 95 % intervals leave open."""
    intervals = [_interval(row) for row in rows]
    lows, highs = (sorted(ends) for ends in zip(*intervals, strict=True)) if rows else ([], [])
    n_rows = len(rows)
    return [
        (1 + n_rows - bisect_right(lows, high), n_rows - bisect_left(highs, low))
        for low, high in intervals
    ]


def _checked_amounts(epoch: EpochView) -> tuple[int, int, int, list[int]]:
    pool, paid, returned = map(parse_amount, (epoch.pool, epoch.paid, epoch.returned))
    amounts = [parse_amount(row.amount) for row in epoch.payouts]
    if sum(amounts) != paid:
        raise _unbalanced(epoch, f"payouts sum to {sum(amounts)} µcr, not to the {paid} paid")
    if paid + returned != pool:
        raise _unbalanced(epoch, f"{paid} µcr paid + {returned} returned is not the pool {pool}")
    if min([pool, paid, returned, *amounts]) < 0:
        raise _unbalanced(epoch, "an amount is negative")
    for row in epoch.payouts:
        if not all(map(math.isfinite, (row.value, row.standard_error, row.share))):
            raise _unbalanced(epoch, f"a number of {row.owner!r} is not finite")
    return pool, paid, returned, amounts


def _unbalanced(epoch: EpochView, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"epoch {epoch.number} of task {epoch.task!r} does not add up: {what}",
        wanted="Σ payouts = paid, and paid + returned = pool",
        next_step="close or publish the epoch again; nobody is shown these numbers",
        epoch=epoch.id,
    )


def _interval(row: PayoutRow) -> tuple[float, float]:
    half = Z95 * row.standard_error
    return row.value - half, row.value + half


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def of(cls, rows: list[PayoutRow]) -> "_Scale":
        # Zero is always on the axis: a value means nothing without it.
        ends = [0.0, *(end for row in rows for end in _interval(row))]
        low, high = min(ends), max(ends)
        margin = 0.04 * (high - low) or 1.0
        return cls(low - margin, high + margin)

    def at(self, value: float) -> float:
        return round(100 * (value - self.low) / (self.high - self.low), 3)

    def ticks(self) -> list[Tick]:
        marks = axis_ticks(self.low, self.high)
        places = value_places([b - a for a, b in itertools.pairwise(marks)], [])
        labels = [format_value(mark, places) for mark in marks]
        while places > 0 and all(label.endswith("0") for label in labels):
            places -= 1
            labels = [format_value(mark, places) for mark in marks]
        return [
            Tick(self.at(mark), "0" if mark == 0 else label, mark == 0)
            for mark, label in zip(marks, labels, strict=True)
        ]


def _line(
    row: PayoutRow, ranks: tuple[int, int], scale: _Scale, places: int, money_places: int
) -> Line:
    low, high = _interval(row)
    best, worst = ranks
    return Line(
        owner=row.owner,
        key=owner_key(row.owner),
        rank=row.rank,
        rank_text=str(best) if best == worst else f"{best}–{worst}",
        shares_rank=best != worst,
        n_rows=f"{row.n_rows:,}",
        value=row.value,
        value_text=format_gain(row.value, places),
        error_text=format_value(row.standard_error, places),
        low_text=format_value(low, places),
        high_text=format_value(high, places),
        low_at=scale.at(low),
        value_at=scale.at(row.value),
        high_at=scale.at(high),
        share=row.share,
        share_text=format_percent(row.share),
        bar_width=round(100 * min(max(row.share, 0.0), 1.0), 3),
        amount=_money(parse_amount(row.amount), money_places),
    )


def _money(amount: int, places: int) -> Money:
    text, further = format_amount(amount, places)
    return Money(amount, text, further)
