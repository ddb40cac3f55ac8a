"""What past epochs would have paid under another rule: who would gain, who would lose."""

from typing import TYPE_CHECKING

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.payouts import rule_text
from workbench.core.credits import format_credits
from workbench.core.wire import BackTestView

if TYPE_CHECKING:
    import pandas as pd

_MONEY = ["amount", "would", "difference"]


class BackTest(Shown):
    """Past epochs of a task under another rule; nothing is signed, nothing moved.

    Parameters
    ----------
    view : as the server replayed them.
    """

    def __init__(self, view: BackTestView) -> None:
        self.view = view

    @property
    def frame(self) -> "pd.DataFrame":
        """One row an epoch and owner; amounts in µcr as Python ints, and as text in credits."""
        rows = [row.model_dump() for row in self.view.rows]
        return make_frame(rows, ["epoch", "owner", *_MONEY], money=_MONEY)

    @property
    def by_owner(self) -> "pd.DataFrame":
        """One row an owner, over all epochs, who gains most first."""
        rows = [
            {"owner": owner, "amount": was, "would": would, "difference": would - was}
            for owner, (was, would) in self._totals()
        ]
        return make_frame(rows, ["owner", *_MONEY], money=_MONEY)

    @property
    def returned(self) -> "pd.DataFrame":
        """One row an epoch: what returned to the sponsor, and what would have."""
        columns = ["number", "pool", "returned", "would_return", "difference", "why_returned"]
        rows = [row.model_dump() for row in self.view.epochs]
        return make_frame(rows, columns, money=columns[1:5])

    @property
    def adds_up(self) -> bool:
        """Whether what owners gain is what the sponsor loses, and the other way round."""
        gained = sum(int(row.difference) for row in self.view.rows)
        return gained + sum(int(row.difference) for row in self.view.epochs) == 0

    def _totals(self) -> list[tuple[str, tuple[int, int]]]:
        found: dict[str, tuple[int, int]] = {}
        for row in self.view.rows:
            was, would = found.get(row.owner, (0, 0))
            found[row.owner] = was + int(row.amount), would + int(row.would)
        return sorted(found.items(), key=lambda one: (one[1][0] - one[1][1], one[0]))

    def _least(self) -> str:
        least = self.view.minimum_gain_units
        return "" if least == "0" else f", nothing is paid below {least} units in all"

    def _table(self) -> Table:
        view = self.view
        rows = [
            [owner, format_credits(was), format_credits(would), _signed(would - was)]
            for owner, (was, would) in self._totals()
        ]
        returned = sum(int(one.returned) for one in view.epochs)
        would = sum(int(one.would_return) for one in view.epochs)
        rows.append(
            [
                "returned to the sponsor", format_credits(returned), format_credits(would),
                _signed(would - returned),
            ]
        )  # fmt: skip
        numbers = ", ".join(str(one.number) for one in view.epochs) or "none"
        return Table(
            f"{view.task}: epochs {numbers} under another rule; nothing is signed or moved",
            [Column("owner")]
            + [Column(name, "right") for name in ("paid", "would be paid", "difference, credits")],
            rows,
            [
                f"{rule_text(view.pay_on, view.owner_cap)}; {view.semivalue} values{self._least()}",
                "✓ the differences sum to 0" if self.adds_up else "✗ the differences do not sum",
                *(f"epoch {one.number} is left out: {one.why}" for one in view.left_out),
            ],
        )


def _signed(amount: int) -> str:
    return f"{'−' if amount < 0 else '+'}{format_credits(abs(amount))}"
