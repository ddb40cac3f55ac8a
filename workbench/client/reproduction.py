"""A run done again, and the part of ``Bench`` that does it."""

from typing import TYPE_CHECKING

from workbench.client.connection import Api, message
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.run import Run
from workbench.client.study import Study
from workbench.core.wire import DifferenceView, JobView, ReproduceRequest, ReproductionView

if TYPE_CHECKING:
    import pandas as pd


class Reproduction(Shown):
    """How a run compares with itself, done again.

    Parameters
    ----------
    view : the reproduction, as the server signed it.
    """

    def __init__(self, view: ReproductionView) -> None:
        self.view = view

    @property
    def outcome(self) -> str:
        """``"identical"``, ``"equal within tolerance"`` or ``"different"``."""
        return self.view.outcome

    @property
    def is_reproduced(self) -> bool:
        """Whether it came out the same, at least within tolerance."""
        return self.view.outcome != "different"

    @property
    def frame(self) -> "pd.DataFrame":
        """What differs, one row each: ``what``, ``name``, ``recorded``, ``found``."""
        rows = [
            {"what": what, "name": one.name, "recorded": one.recorded, "found": one.found}
            for what, one in self._differences()
        ]
        return make_frame(rows, ["what", "name", "recorded", "found"])

    def _differences(self) -> list[tuple[str, DifferenceView]]:
        view = self.view
        first = [] if view.first_difference is None else [("result", view.first_difference)]
        return first + [("environment", one) for one in view.fingerprint_differences]

    def _table(self) -> Table:
        view = self.view
        mark = "✓" if self.is_reproduced else "✗"
        columns = [Column("what differs"), Column("recorded", "right"), Column("found", "right")]
        rows = [
            [f"{what}: {one.name}", _shown(one.recorded), _shown(one.found)]
            for what, one in self._differences()
        ]
        same = "the same environment" if not view.fingerprint_differences else "another environment"
        return Table(
            f"{mark} {view.kind} {view.run[:12]} of {view.task}, done again: {view.outcome}",
            columns,
            rows,
            [
                f"{same}; {self._compared()}",
                self._versions(),
                f"signed as record {view.record[:12]}",
            ],
        )

    def _versions(self) -> str:
        before, now = self.view.recorded_version, self.view.found_version
        if not now:
            return ""
        recorded = f"recorded with workbench {before}" if before else "recorded version unknown"
        return f"{recorded}, done again with {now}"

    def _compared(self) -> str:
        view = self.view
        allowed = f"tolerance {view.tolerance:g}"
        if view.kind != "valuation":
            return f"{view.n_compared} metrics compared, {allowed}"
        if view.n_compared < view.n_recorded:
            return (
                f"{view.n_compared} of {view.n_recorded} utilities trained again, chosen by the"
                f" record log's head {view.head[:12]}, {allowed}"
            )
        return f"all {view.n_recorded} utilities trained again, {allowed}"


class Reproductions:
    """What ``Bench`` does to check a run.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def reproduce(
        self,
        run: "Run | Study | str",
        *,
        tolerance: float = 1e-3,
        share_tolerance: float = 0.03,
        all: bool = False,  # noqa: A002, as the option is called
    ) -> Reproduction:
        """Do a run again from its recorded job and inputs, wait for it, and compare.

        The outcome is signed by the server and shown with the run. Nothing of the run changes.

        Parameters
        ----------
        run : a fine-tune, comparison or study; or its id, or the beginning of it.
        tolerance : how far losses, utilities and other metrics may lie apart, in their unit.
        share_tolerance : how far payout shares may, as a fraction of the pool.
        all : of a study all its coalitions, and its values; else a sample of coalitions
            that the newest head of the record log chooses.

        Raises
        ------
        NotFoundError
            No run has this id, or some of its inputs are gone: the error names them.
        CorruptHomeError
            The run's record contradicts itself, or an input is not what its digest says.
        """
        request = message(
            ReproduceRequest, tolerance=tolerance, share_tolerance=share_tolerance, all=all
        )
        view = self.api.post(JobView, "runs", _id(run), "reproductions", body=request)
        result = Job(self.api, view).wait().result
        return Reproduction(ReproductionView.model_validate(result))

    def reproductions(self, run: "Run | Study | str") -> list[Reproduction]:
        """Return how a run compared with itself whenever it was done again, oldest first."""
        views = self.api.get_all(ReproductionView, "runs", _id(run), "reproductions")
        return [Reproduction(view) for view in views]


def _id(run: Run | Study | str) -> str:
    return run if isinstance(run, str) else run.id


def _shown(value: str | float | None) -> str:
    if value is None:
        return "nothing"
    return value[:24] if isinstance(value, str) else f"{value:.9g}"
