"""One closing of a task's books: who is paid what, and that it adds up."""

from datetime import datetime
from typing import TYPE_CHECKING

from workbench.client.display import Column, Documented, Table
from workbench.client.frames import make_frame, with_interval
from workbench.core.credits import format_credits
from workbench.core.wire import DisputeView, EpochView, PayoutRow

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("owner", "n_rows", "value", "standard_error", "rank", "share", "amount")


class Epoch(Documented):
    """A task's payouts of one epoch.

    Parameters
    ----------
    view : the epoch.
    title : of its task.
    """

    _kind = "epoch"

    def __init__(self, view: EpochView, title: str = "") -> None:
        self.view = view
        self.title = title or view.task

    @property
    def id(self) -> str:
        """The epoch's id."""
        return self.view.id

    @property
    def as_of(self) -> datetime | None:
        """When it was paid."""
        return self.view.created_at

    @property
    def name(self) -> str:
        """``TASK:NUMBER``, by which verbs take it as well."""
        return f"{self.view.task}:{self.view.number}"

    @property
    def pool(self) -> int:
        """What there was to pay, in µcr."""
        return int(self.view.pool)

    @property
    def paid(self) -> int:
        """What the owners got, in µcr."""
        return int(self.view.paid)

    @property
    def returned(self) -> int:
        """What went back to the sponsor, in µcr."""
        return int(self.view.returned)

    @property
    def state(self) -> str:
        """``"provisional"``, ``"disputed"``, ``"final"`` or ``"void"``."""
        return self.view.state

    @property
    def final_at(self) -> datetime | None:
        """When it is or became final, UTC; ``None`` as long as nobody knows, or never."""
        return self.view.final_at

    @property
    def disputes(self) -> "pd.DataFrame":
        """One row a dispute: who, why, and what was decided."""
        rows = [row.model_dump() for row in self.view.disputes]
        return make_frame(rows, list(DisputeView.model_fields))

    @property
    def payouts(self) -> list[PayoutRow]:
        """One row an owner, best paid first."""
        return sorted(self.view.payouts, key=lambda row: (-int(row.amount), row.rank, row.owner))

    @property
    def frame(self) -> "pd.DataFrame":
        """One row an owner; ``amount`` in µcr as Python ints, ``amount_credits`` as text."""
        rows = [row.model_dump() for row in self.payouts]
        return with_interval(make_frame(rows, _COLUMNS, money=["amount"]))

    @property
    def adds_up(self) -> bool:
        """Whether the payouts sum to what was paid, and with the rest to the pool."""
        return (
            sum(int(row.amount) for row in self.view.payouts) == self.paid
            and self.paid + self.returned == self.pool
        )

    def _table(self) -> Table:
        rows = [
            [
                row.owner, f"{row.n_rows:,}", f"{row.value:+.4f} ± {row.standard_error:.4f}",
                str(row.rank), f"{row.share:.2%}", format_credits(int(row.amount)),
            ]
            for row in self.payouts
        ]  # fmt: skip
        heads = ("rows", "value ± error", "rank", "share")
        return Table(
            f"{self.title}: epoch {self.view.number}, {self.view.created_at:%Y-%m-%d %H:%M %Z}",
            [
                Column("owner"),
                *(Column(name, "right") for name in heads),
                Column("payout, credits", "right", "credits"),
            ],
            rows,
            [
                self._sum(),
                *(dispute_text(one) for one in self.view.disputes),
                self._next_step(),
                f"why somebody got it: workbench why {self.name} OWNER",
            ],
        )

    def _sum(self) -> str:
        if not self.adds_up:
            return "✗ the payouts do not sum to the pool: pay nobody, and report this"
        paid, pool = format_credits(self.paid), format_credits(self.pool)
        rest = f" + {format_credits(self.returned)} returned to the sponsor"
        summed = f"✓ Σ payouts {paid}{rest if self.returned else ''} = pool {pool} credits"
        return f"{summed}, {state_text(self.view)}"

    def _next_step(self) -> str:
        match self.state:
            case "provisional":
                return f"something is wrong? workbench dispute {self.name} --reason WORDS --sign"
            case "disputed":
                return (
                    "the sponsor or a treasurer decides:"
                    f" workbench resolve {self.name} uphold|dismiss --reason WORDS --sign"
                )
        return ""


def state_text(view: EpochView) -> str:
    """Return in words where an epoch's money is."""
    match view.state:
        case "provisional":
            return f"provisional until {view.final_at:%Y-%m-%d %H:%M} UTC: held, not yet paid"
        case "disputed":
            return "disputed: held until somebody decides"
        case "void":
            return "void: nobody was paid, the whole pool is back in the task's pool"
    return "final"


def dispute_text(dispute: DisputeView) -> str:
    """Return a dispute in one line."""
    said = f"{dispute.owner} disputes it: {dispute.reason}"
    decided = {"uphold": "upheld", "dismiss": "dismissed"}.get(dispute.decision or "")
    if decided is None:
        return said
    return f"{said} — {decided} by {dispute.decided_by}: {dispute.decided_because}"


class Leaderboard(Epoch):
    """A task's newest epoch, as its published page shows it."""

    _kind = "leaderboard"
