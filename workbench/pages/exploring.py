"""Other looks at the same epoch: owners by one quantity, one owner's amount step by step."""

import difflib
import math
from dataclasses import dataclass
from typing import Final

from workbench.core.credits import MICRO
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages.board import Money, make_board, unit_of
from workbench.pages.numbers import format_value, parse_amount, value_places

# The quantities by which owners can be ordered, with their labels.
ORDERS: Final = {"value": "Value", "payout-per-row": "Payout per row", "rows": "Data"}


@dataclass(frozen=True)
class Bar:
    """One owner's quantity; ``width`` in percent of the longest, 0 below zero."""

    owner: str
    number: float
    text: str
    width: float


@dataclass(frozen=True)
class Steps:
    """From an owner's value to their amount."""

    owner: str
    value_text: str
    positive_text: str
    is_positive: bool
    share_text: str
    amount: Money
    paid: Money


def make_bars(epoch: EpochView, quantity: str) -> list[Bar]:
    """Return the owners by one of ``ORDERS``, longest bar first, ties by name."""
    if quantity not in ORDERS:
        raise InvalidInputError(f"{quantity!r} is no quantity", wanted=", ".join(ORDERS))
    numbers = {row.owner: _number(row, quantity) for row in epoch.payouts}
    places = 0 if quantity == "rows" else value_places(list(numbers.values()), [])
    longest = max([0.0, *numbers.values()])
    return [
        Bar(
            owner=owner,
            number=number,
            text=format_value(number, places),
            width=round(100 * max(number, 0.0) / longest, 3) if longest > 0 else 0.0,
        )
        for owner, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    ]


def bar_unit(quantity: str, metric: str) -> str:
    """Return the unit of one of ``ORDERS``."""
    return {"value": unit_of(metric), "payout-per-row": "credits per row"}.get(quantity, "rows")


def make_steps(epoch: EpochView, owner: str) -> Steps:
    """Return the steps to one owner's amount.

    Raises
    ------
    NotFoundError
        The epoch has no such owner.
    """
    board = make_board(epoch, "")
    line = next((line for line in board.lines if line.owner == owner), None)
    if line is None:
        owners = [line.owner for line in board.lines]
        raise NotFoundError(
            f"epoch {epoch.number} has no owner {owner!r}",
            wanted="one of its owners",
            nearest=difflib.get_close_matches(owner, owners),
        )
    values = [row.value for row in epoch.payouts]
    places = value_places(values, [row.standard_error for row in epoch.payouts])
    return Steps(
        owner=owner,
        value_text=line.value_text.removeprefix("+"),
        positive_text=format_value(math.fsum(value for value in values if value > 0), places),
        is_positive=line.value > 0,
        share_text=line.share_text,
        amount=line.amount,
        paid=board.short_paid,
    )


def _number(row: PayoutRow, quantity: str) -> float:
    if quantity == "value":
        return row.value
    if quantity == "rows":
        return float(row.n_rows)
    return parse_amount(row.amount) / MICRO / row.n_rows if row.n_rows else 0.0
