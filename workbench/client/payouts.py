"""What an epoch would pay now: estimated, each amount with its range."""

from typing import TYPE_CHECKING

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.credits import format_credits
from workbench.core.wire import PayoutEstimate, PayoutsView

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("owner", "n_rows", "value", "low", "high", "amount", "amount_low", "amount_high")


class Payouts(Shown):
    """What paying a study would pay each owner; nothing is signed, nothing moved.

    Parameters
    ----------
    view : as the server estimates it.
    """

    def __init__(self, view: PayoutsView) -> None:
        self.view = view

    @property
    def rows(self) -> list[PayoutEstimate]:
        """One row an owner, best paid first."""
        return sorted(self.view.rows, key=lambda row: (-int(row.amount), -row.value, row.owner))

    @property
    def frame(self) -> "pd.DataFrame":
        """One row an owner; amounts in µcr as Python ints, and as text in credits."""
        rows = [row.model_dump() for row in self.rows]
        return make_frame(rows, _COLUMNS, money=["amount", "amount_low", "amount_high"])

    def _table(self) -> Table:
        view = self.view
        rows: list[list[str]] = [
            [
                row.owner, f"{row.n_rows:,}", f"{row.value:+.4f}",
                f"{row.low:+.4f} … {row.high:+.4f}", format_credits(int(row.amount)),
                f"{format_credits(int(row.amount_low))} … {format_credits(int(row.amount_high))}",
            ]
            for row in self.rows
        ]  # fmt: skip
        heads = (
            "rows", "value", f"{view.confidence:.0%} interval", "would be paid, credits",
            "estimated range",
        )  # fmt: skip
        return Table(
            f"{view.task}: what study {view.study[:12]} would pay now, estimated",
            [Column("owner")] + [Column(name, "right") for name in heads],
            rows,
            [
                *self._sums(),
                "an amount's range: its own value at either end, the others' as they are",
            ],
        )

    def _sums(self) -> list[str]:
        view = self.view
        paid, rest, pool = (
            format_credits(int(amount)) for amount in (view.paid, view.returned, view.pool)
        )
        again = ", ".join(map(str, view.epochs))
        return [
            f"Σ payouts {paid} + {rest} returned to the sponsor = pool {pool} credits",
            f"nothing would be paid: {view.why_returned}" if view.why_returned else "",
            rule_text(view.pay_on, view.owner_cap),
            f"it was paid before, in epoch {again}: again only with another nonce" if again else "",
        ]


def rule_text(pay_on: str, owner_cap: str | None) -> str:
    """Return in one line by which rule a task pays."""
    cap = "" if owner_cap is None else f", at most {owner_cap} of the pool to one owner"
    return f"rule: paid on the {pay_on}{cap}; what is not paid returns to the sponsor"
