"""A preview of values: what one watched training suggests; indicative, and never paid by."""

from typing import TYPE_CHECKING, Any

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame

if TYPE_CHECKING:
    import pandas as pd


class Preview(Shown):
    """What one fine-tune suggests of each owner's rows.

    Parameters
    ----------
    task : the task's id.
    result : of the job: owners with values, the gain, what it means.
    """

    def __init__(self, task: str, result: dict[str, Any]) -> None:
        self.task = task
        self.result = result

    @property
    def values(self) -> "pd.DataFrame":
        """One row an owner, best first: indicative value, rows, and rows the training saw."""
        return make_frame(self._records(), ["owner", "n_rows", "n_rows_seen", "value"])

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``values``."""
        return self.values

    @property
    def is_indicative(self) -> bool:
        """Always true: money follows the values of a study."""
        return True

    def _table(self) -> Table:
        rows: list[list[str]] = [
            [row["owner"], f"{row['n_rows']:,}", f"{row['n_rows_seen']:,}", f"{row['value']:+.4f}"]
            for row in self._records()
        ]
        heads = ("rows", "seen", "indicative value")
        scale = "" if self.result["rescaled"] else "; raw numbers: their sum gave no scale"
        return Table(
            f"preview of {self.task}",
            [Column("owner"), *(Column(name, "right") for name in heads)],
            rows,
            [
                str(self.result["meaning"]),
                f"the training gained {self.result['gain']:+.4f} nats a token{scale}; watching it"
                f" took {self.result['overhead']:.1f} times the training alone",
            ],
        )

    def _records(self) -> list[dict[str, Any]]:
        return sorted(self.result["owners"], key=lambda row: (-row["value"], row["owner"]))
