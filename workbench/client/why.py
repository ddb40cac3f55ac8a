"""Why an owner was paid what it was paid: an amount, traced back to coalitions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.payouts import rule_text
from workbench.core.credits import format_credits
from workbench.core.wire import MarginalRow, WhyView

if TYPE_CHECKING:
    import pandas as pd

_MOST_NAMED = 6
_PAID = {
    "final": "paid", "provisional": "provisional, not yet paid", "disputed": "disputed, held",
    "void": "void, not paid",
}  # fmt: skip


class Why(Shown):
    """Why an owner was paid what it was paid.

    Parameters
    ----------
    view : as the server recorded it.
    """

    def __init__(self, view: WhyView) -> None:
        self.view = view

    @property
    def amount(self) -> int:
        """What the owner was paid, in µcr: the sum of ``frame``'s amounts."""
        return int(self.view.amount)

    @property
    def frame(self) -> "pd.DataFrame":
        """The parts of the amount, one row each; they sum to it exactly."""
        rows = [{"part": part, "amount": str(amount)} for part, amount in self._parts()]
        return make_frame(rows, ["part", "amount"], money=["amount"])

    @property
    def by_size(self) -> "pd.DataFrame":
        """What was added to coalitions of so many others; the parts sum to the value.

        Exactly, where every coalition was measured; else the estimator fills what was not.
        """
        columns = ["n_others", "n_pairs", "marginal", "weight", "part"]
        return make_frame([row.model_dump() for row in self.view.by_size], columns)

    @property
    def coalitions(self) -> "pd.DataFrame":
        """The coalitions that raised the value most, then those that lowered it most."""
        rows = [row.model_dump() for row in (*self.view.raised, *self.view.lowered)]
        return make_frame(rows, ["others", "without", "together", "marginal"])

    @property
    def duplicates(self) -> "pd.DataFrame":
        """Rows that a gate took out of the owner's contributions as duplicates."""
        columns = ["contribution", "file_name", "code", "n_rows", "message"]
        return make_frame([row.model_dump() for row in self.view.duplicates], columns)

    @property
    def rows(self) -> "pd.DataFrame":
        """The owner's rows that helped most, then those that hurt, by number; none are shown."""
        found = [("helped", one) for one in self.view.helped]
        found += [("hurt", one) for one in self.view.hurt]
        rows = [{"side": side} | one.model_dump() for side, one in found]
        return make_frame(rows, ["side", "contribution", "file_name", "row", "value"])

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def _parts(self) -> list[tuple[str, int]]:
        view = self.view
        parts = [(f"pool × {view.weight} / {view.whole} units, rounded down", int(view.floor))]
        if view.rounding:
            parts.append(("one of the largest remainders", view.rounding))
        if int(view.above_cap):
            parts.append((f"above {view.owner_cap} of the pool", -int(view.above_cap)))
        return parts

    def _tables(self) -> list[Table]:
        tables = [self._table(), self._size_table(), self._coalition_table()]
        tables += [self._row_table()] if self.view.rows_say else []
        return tables + ([self._duplicate_table()] if self.view.duplicates else [])

    def _table(self) -> Table:
        view = self.view
        rows = [[part, format_credits(amount)] for part, amount in self._parts()]
        return Table(
            f"why {view.owner} {'got' if view.state == 'final' else 'is due'}"
            f" {format_credits(self.amount)} credits"
            f" in {view.task}:{view.number}",
            [Column("part"), Column("credits", "right")],
            [*rows, [_PAID[view.state], format_credits(self.amount)]],
            [
                f"the whole pool returned: {view.why_returned}" if view.why_returned else "",
                f"value {view.value:+.4f} ± {view.standard_error:.4f} of {view.metric},"
                f" {view.confidence:.0%} interval {view.low:+.4f} … {view.high:+.4f},"
                f" from {view.n_rows:,} rows; pool {format_credits(int(view.pool))} credits",
                rule_text(view.pay_on, view.owner_cap),
                self._without(),
            ],
        )

    def _without(self) -> str:
        everybody, others = self.view.utility_of_all, self.view.utility_without
        if everybody is None or others is None:
            return "the model of everybody else's data was not measured"
        return (
            f"without the data of {self.view.owner} the model scores {others:.4f},"
            f" with all data {everybody:.4f}"
        )

    def _size_table(self) -> Table:
        view = self.view
        rows = [
            [
                "1 other" if row.n_others == 1 else f"{row.n_others} others", f"{row.n_pairs:,}",
                "not measured" if row.marginal is None else f"{row.marginal:+.4f}",
                f"{row.weight:.3f}",
                "" if row.part is None else f"{row.part:+.4f}",
            ]
            for row in view.by_size
        ]  # fmt: skip
        known = sum(row.part for row in view.by_size if row.part is not None)
        rest = view.value - known
        # Sums of floats in two orders differ in their last bits.
        filled = abs(rest) > 1e-9 * max(1.0, abs(view.value))
        heads = ("coalitions measured both ways", "added on average", "weight", "part of the value")
        return Table(
            f"what {view.owner} added, by the size of the coalition ({view.semivalue})",
            [Column("joining"), *(Column(name, "right") for name in heads)],
            rows,
            [
                f"the parts sum to {known:+.4f}; the value is {view.value:+.4f}",
                f"{rest:+.4f} is what {view.method} estimates of coalitions that were not measured"
                if filled
                else "",
            ],
        )

    def _coalition_table(self) -> Table:
        view = self.view
        rows = [*_rows("raised it", view.raised), *_rows("lowered it", view.lowered)]
        heads = ("without", "together", "difference")
        return Table(
            f"the coalitions that moved it most, of {view.n_pairs} measured both ways",
            [Column("joining"), Column(""), *(Column(name, "right") for name in heads)],
            rows,
        )

    def _row_table(self) -> Table:
        view = self.view
        found = [("helped", one) for one in view.helped] + [("hurt", one) for one in view.hurt]
        rows = [[one.file_name, f"{one.row:,}", side, f"{one.value:+.5f}"] for side, one in found]
        columns = [Column("file"), Column("accepted row", "right"), Column("")]
        title = f"rows of {view.owner} that helped and hurt most"
        return Table(title, [*columns, Column("value", "right")], rows, [view.rows_say])

    def _duplicate_table(self) -> Table:
        rows = [
            [row.file_name, row.code, f"{row.n_rows:,}", row.message]
            for row in self.view.duplicates
        ]
        columns = [Column("file"), Column("found"), Column("rows", "right"), Column("")]
        return Table("duplicates in its contributions, which counted for nothing", columns, rows)


def _rows(word: str, found: Sequence[MarginalRow]) -> list[list[str]]:
    return [
        [
            _names(row.others), word, f"{row.without:.4f}", f"{row.together:.4f}",
            f"{row.marginal:+.4f}",
        ]
        for row in found
    ]  # fmt: skip


def _names(others: Sequence[str]) -> str:
    if not others:
        return "nobody"
    n_more = len(others) - _MOST_NAMED
    return ", ".join(others[:_MOST_NAMED]) + (f" and {n_more} more" if n_more > 0 else "")
