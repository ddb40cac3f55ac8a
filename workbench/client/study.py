"""A valuation study: what each owner group is worth, and how sure that is."""

from typing import TYPE_CHECKING, Any, Final

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import Z95, make_frame, with_interval
from workbench.core.errors import InvalidMoveError
from workbench.core.wire import StudyView

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# Greys and a blue that keep a contrast of 4.5 on white and on Jupyter's dark background.
_INK: Final = "#7a7a7a"
_POINT: Final = "#2f7fd6"


class Study(Shown):
    """A valuation of a task's owner groups.

    Parameters
    ----------
    view : the study.
    """

    def __init__(self, view: StudyView) -> None:
        self.view = view

    @property
    def id(self) -> str:
        """The study's id; what ``bench.pay`` and SQL name it by."""
        return self.view.id

    @property
    def task(self) -> str:
        """The task's id."""
        return self.view.task

    @property
    def values(self) -> "pd.DataFrame":
        """One row an owner: value, standard error, 95 % interval and rank, best first."""
        rows = [
            row.model_dump() | {"units": int(row.units)}
            for row in sorted(self.view.values, key=lambda row: (row.rank, row.owner))
        ]
        frame = make_frame(rows, ["owner", "n_rows", "value", "standard_error", "rank", "units"])
        frame["units"] = frame["units"].astype(object)
        return with_interval(frame)

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``values``."""
        return self.values

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw values with 95 % intervals, best on top, readable on light and dark.

        Parameters
        ----------
        axes : where to draw; a new figure unless given.
        """
        import matplotlib.pyplot as plt

        if not self.view.values:
            raise InvalidMoveError(
                f"study {self.id[:12]} has no values yet", wanted="a sealed study"
            )
        frame = self.values.iloc[::-1]
        if axes is None:
            figure, axes = plt.subplots(figsize=(7, 0.45 * len(frame) + 1.3), layout="constrained")
            figure.patch.set_alpha(0)
        axes.errorbar(
            frame["value"], range(len(frame)), xerr=Z95 * frame["standard_error"],
            fmt="o", color=_POINT, ecolor=_INK, capsize=3,
        )  # fmt: skip
        axes.axvline(0, color=_INK, linewidth=0.8)
        axes.set_yticks(range(len(frame)), list(frame["owner"]), parse_math=False)
        axes.set_xlabel(f"value ({self.view.metric}), 95 % interval")
        axes.patch.set_alpha(0)
        axes.tick_params(colors=_INK)
        axes.xaxis.label.set_color(_INK)
        for side, spine in axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(_INK)
        return axes

    def _table(self) -> Table:
        view = self.view
        rows: list[list[str]] = [
            [
                row["owner"], f"{row['n_rows']:,}", f"{row['value']:+.4f}",
                f"± {row['standard_error']:.4f}", f"{row['low']:+.4f} … {row['high']:+.4f}",
                str(row["rank"]),
            ]
            for row in self._records()
        ]  # fmt: skip
        columns = [Column("owner")] + [
            Column(name, "right") for name in ("rows", "value", "error", "95 % interval", "rank")
        ]
        return Table(
            f"values of {view.task}, {view.state}: study {view.id}",
            columns,
            rows,
            [
                f"{view.method}: {view.why_method}",
                f"{view.n_evaluations} evaluations of {view.metric}, seed {view.seed}",
            ],
        )

    def _records(self) -> list[dict[str, Any]]:
        return [
            {**row.model_dump(), "low": row.value - Z95 * row.standard_error,
             "high": row.value + Z95 * row.standard_error}
            for row in sorted(self.view.values, key=lambda row: (row.rank, row.owner))
        ]  # fmt: skip
