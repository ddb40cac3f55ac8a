"""A withdrawal: what follows from taking a contribution back, or what would."""

from typing import TYPE_CHECKING

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.credits import format_credits
from workbench.core.wire import WithdrawalView

if TYPE_CHECKING:
    import pandas as pd


class Withdrawal(Shown):
    """What follows from a withdrawal.

    Parameters
    ----------
    view : as the server says it; ``record`` is None as long as nothing was signed.
    """

    def __init__(self, view: WithdrawalView) -> None:
        self.view = view

    @property
    def is_done(self) -> bool:
        """Whether it was signed, or only looked at."""
        return self.view.record is not None

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a consequence: ``what``, ``happens``."""
        return make_frame([{"what": a, "happens": b} for a, b in self._rows()], ["what", "happens"])

    def _rows(self) -> list[list[str]]:
        view = self.view
        epochs = ", ".join(map(str, view.epochs))
        kept = f"; {view.n_files_kept} stay, since others need them" if view.n_files_kept else ""
        rows = [
            ["rows", f"{view.n_rows:,} no longer count in trainings, studies, exports and pages"],
            ["bytes", f"{view.n_files_deleted} files are deleted{kept}; their digests stay"],
        ]
        if view.n_drafts:
            rows.append(["drafts", f"{view.n_drafts} of the same file are deleted"])
        if view.n_rows_returned:
            rows.append(["rows of others", f"{view.n_rows_returned:,} count again as theirs"])
        if view.models:
            rows.append(["models", f"marked as trained with withdrawn data: {_ids(view.models)}"])
        if view.studies:
            rows.append(["studies", f"can no longer be paid by: {_ids(view.studies)}"])
        if view.jobs:
            rows.append(["jobs", f"that read it are cancelled: {_ids(view.jobs)}"])
        paid = f"{format_credits(int(view.paid))} credits of epochs {epochs} stay with {view.owner}"
        rows.append(["payouts", paid if view.epochs else "nothing was paid yet"])
        return rows

    def _table(self) -> Table:
        view = self.view
        done = f"is withdrawn, record {view.record[:12]}" if view.record else "is not withdrawn yet"
        return Table(
            f"{view.file_name} by {view.owner} for {view.task} {done}",
            [Column("what"), Column("happens" if view.record else "would happen")],
            self._rows(),
            [
                ""
                if view.record
                else "Nothing is signed yet; this cannot be undone. To withdraw: "
                f".withdraw(sign=True) or: workbench withdraw {view.contribution} --sign"
            ],
        )


def _ids(names: list[str]) -> str:
    return ", ".join(name[:12] for name in names)
