"""An epoch or a study computed again, a tick for each step."""

from typing import TYPE_CHECKING

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.wire import RecomputationView, StepView

if TYPE_CHECKING:
    import pandas as pd


class Recomputation(Shown):
    """What came out when an epoch or a study was computed again from what is recorded.

    Parameters
    ----------
    view : the steps.
    """

    def __init__(self, view: RecomputationView) -> None:
        self.view = view

    @property
    def is_same(self) -> bool:
        """Whether every step came out as it is recorded."""
        return self.first_difference is None

    @property
    def first_difference(self) -> StepView | None:
        """The first step that came out different; ``None`` where none did."""
        return next((step for step in self.view.steps if step.state == "different"), None)

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a step: ``step``, ``state``, what it ``says``; the first thing that differs."""
        rows = []
        for step in self.view.steps:
            first = step.differences[0].model_dump() if step.differences else {}
            rows.append({"step": step.name, "state": step.state, "says": step.says} | first)
        return make_frame(rows, ["step", "state", "says", "name", "recorded", "found"])

    def _table(self) -> Table:
        view = self.view
        rows = []
        for step in view.steps:
            told = _difference(step) if step.differences else step.says
            rows.append([f"{'✗' if step.differences else '✓'} {step.name}", told])
        first = self.first_difference
        verdict = (
            "✓ every step comes out as it is recorded"
            if first is None
            else f"✗ first difference in: {first.name}"
        )
        return Table(
            f"{view.kind} {view.id[:12]} of {view.task}, from what is recorded",
            [Column("step"), Column("")],
            rows,
            [verdict, "" if first is None else _difference(first)],
        )


def _difference(step: StepView) -> str:
    first, n_more = step.differences[0], len(step.differences) - 1
    more = f"; {n_more} more" if n_more else ""
    if first.recorded is None and first.found is None:
        return f"{first.name}{more}"
    return f"{first.name}: {_said(first.recorded)} recorded, {_said(first.found)} found{more}"


def _said(value: str | float | None) -> str:
    return "nothing" if value is None else str(value)[:60]
