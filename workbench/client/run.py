"""A fine-tune, and models side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.wire import ReproductionView, RunView

if TYPE_CHECKING:
    import pandas as pd

_P_FLOOR = 0.001


class Run(Shown):
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
                *_reproduced(view.reproductions),
                *map(_spoken, view.details.get("samples", [])[:1]),
            ],
        )


class Comparison(Shown):
    """Models on the same hidden test items.

    Parameters
    ----------
    view : the run that holds the comparison.
    rows : one a model: ``model``, ``loss``, ``low``, ``high``, and against the first model
        ``difference`` and its ``p`` (paired).
    """

    def __init__(self, view: RunView, rows: Sequence[dict[str, Any]]) -> None:
        self.view = view
        self.rows = list(rows)

    @property
    def id(self) -> str:
        """The comparison's id."""
        return self.view.id

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a model."""
        return make_frame(self.rows, ["model", "loss", "low", "high", "difference", "p"])

    def _table(self) -> Table:
        columns = [Column("model")] + [
            Column(name, "right") for name in ("loss", "95 % interval", "difference", "p")
        ]
        rows = [
            [
                _short(row["model"]),
                _number(row.get("loss")),
                f"{_number(row.get('low'))} … {_number(row.get('high'))}",
                _signed(row.get("difference")),
                _p_text(row.get("p")),
            ]
            for row in self.rows
        ]
        return Table(
            f"{len(rows)} models of {self.view.task} on the same hidden test; lower is better",
            columns,
            rows,
            [verdict(self.rows)],
        )


def verdict(rows: Sequence[dict[str, Any]]) -> str:
    """Return in one sentence which model is better, by how much and how surely."""
    if len(rows) < 2:
        return "one model alone: name another to compare it with"
    first, best = rows[0], min(rows, key=lambda row: float(row["loss"]))
    if best is first:
        return f"{_short(first['model'])} is still the best"
    gain, p = float(first["loss"]) - float(best["loss"]), best.get("p")
    sure = f"p {_p_text(p)}" if p is not None else "not tested"
    return (
        f"{_short(best['model'])} beats {_short(first['model'])} by {gain:.3f} nats, {sure}"
        if p is None or p < 0.05
        else f"no model differs surely from {_short(first['model'])}: best by {gain:.3f}, {sure}"
    )


def _reproduced(reproductions: Sequence[ReproductionView]) -> list[str]:
    if not reproductions:
        return []
    last = reproductions[-1]
    times = "" if len(reproductions) == 1 else f", {len(reproductions)} times in all"
    when = f"{last.created_at:%Y-%m-%d %H:%M %Z}"
    return [f"reproduced {when}: {last.outcome} (record {last.record[:12]}{times})"]


def _spoken(sample: dict[str, Any]) -> str:
    return f"asked {sample.get('prompt', '')!r}, it now says {sample.get('tuned', '')!r}"


def _short(model: object) -> str:
    name = str(model)
    return name[:12] if len(name) == 64 else name


def _number(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else ""


def _signed(value: object) -> str:
    return f"{value:+.4f}" if isinstance(value, int | float) else ""


def _p_text(value: object) -> str:
    if not isinstance(value, int | float):
        return ""
    return f"< {_P_FLOOR}" if value < _P_FLOOR else f"{value:.3f}"
