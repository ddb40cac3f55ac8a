"""A fine-tune as it was recorded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.views import Carded, widget
from workbench.core.wire import ReproductionView, RunView, WithdrawnData

if TYPE_CHECKING:
    import pandas as pd


class Run(Carded, Shown):
    """A fine-tune as it was recorded.

    Parameters
    ----------
    view : the run.
    """

    def __init__(self, view: RunView) -> None:
        self.view = view

    @property
    def id(self) -> str:
        """The run's id."""
        return self.view.id

    @property
    def model(self) -> str | None:
        """The digest of the model it made."""
        return self.view.model

    @property
    def metrics(self) -> dict[str, float]:
        """Name → value, as MLflow shows them."""
        return self.view.metrics

    @property
    def curve(self) -> "pd.DataFrame":
        """The training loss: columns ``step`` and ``loss``."""
        points = self.view.details.get("curve", [])
        rows = [{"step": int(step), "loss": float(loss)} for step, loss in points]
        return make_frame(rows, ["step", "loss"])

    @property
    def samples(self) -> "pd.DataFrame":
        """What base and tuned model say to the same prompts."""
        return make_frame(self.view.details.get("samples", []), ["prompt", "base", "tuned"])

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a metric."""
        rows = [{"metric": name, "value": value} for name, value in self.metrics.items()]
        return make_frame(rows, ["metric", "value"])

    def _card(self) -> object:
        return widget("RunCard", self)

    def _table(self) -> Table:
        view = self.view
        rows = [[name, f"{value:.4g}"] for name, value in sorted(view.metrics.items())]
        logged = f"MLflow run {view.tracking_run}" if view.tracking_run else "not in MLflow yet"
        model = f"model {view.model[:12]}" if view.model else "no model"
        return Table(
            f"{view.kind} {view.id[:12]} of {view.task}, {view.created_at:%Y-%m-%d %H:%M %Z}",
            [Column("metric"), Column("value", "right")],
            rows,
            [
                f"{model} · {logged}",
                withdrawn_text(view.withdrawn),
                *_reproduced(view.reproductions),
                *map(_spoken, view.details.get("samples", [])[:1]),
            ],
        )


def withdrawn_text(withdrawn: Sequence[WithdrawnData]) -> str:
    """Return in one line whose rows a run has read that are withdrawn now; empty if none."""
    if not withdrawn:
        return ""
    whose = ", ".join(sorted({one.owner for one in withdrawn}))
    since = min(one.withdrawn_at for one in withdrawn)
    return f"trained with data that was withdrawn since: {whose}, {since:%Y-%m-%d %H:%M %Z}"


def _reproduced(reproductions: Sequence[ReproductionView]) -> list[str]:
    if not reproductions:
        return []
    last = reproductions[-1]
    times = "" if len(reproductions) == 1 else f", {len(reproductions)} times in all"
    when = f"{last.created_at:%Y-%m-%d %H:%M %Z}"
    return [f"reproduced {when}: {last.outcome} (record {last.record[:12]}{times})"]


def _spoken(sample: dict[str, Any]) -> str:
    return f"asked {sample.get('prompt', '')!r}, it now says {sample.get('tuned', '')!r}"
