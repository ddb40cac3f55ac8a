"""Whether a run in MLflow is still what was logged, and the part of ``Bench`` that asks."""

from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api
from workbench.client.display import Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.run import Run
from workbench.core.wire import JobView

if TYPE_CHECKING:
    import pandas as pd

_SEALED: Final = "sealed"
_BROKEN: Final = "seal broken"
_MOST_SHOWN: Final = 20


class Verification(Shown):
    """A run, compared with its seal.

    Parameters
    ----------
    result : of the job: state, record, differences.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result

    @property
    def state(self) -> str:
        """``"sealed"``, ``"seal broken"`` or ``"not sealed yet"``."""
        return str(self.result["state"])

    @property
    def is_sealed(self) -> bool:
        """Whether MLflow shows the run as it was logged, in everything that was sealed."""
        return self.state == _SEALED

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a difference: ``part``, ``key``, as it was ``sealed``, as it was ``found``."""
        return make_frame(self.result["differences"], ["part", "key", "sealed", "found"])

    def _table(self) -> Table:
        found = self.result
        mark = {_SEALED: "✓", _BROKEN: "✗"}.get(self.state, "·")
        messages = [str(difference["message"]) for difference in found["differences"]]
        n_more = int(found["n_differences"]) - _MOST_SHOWN
        return Table(
            f"{mark} run {found['run'][:12]}: {self.state}",
            [],
            [],
            [
                *messages[:_MOST_SHOWN],
                f"… and {n_more} more" if n_more > 0 else "",
                str(found["why"]),
                f"sealed at {found['sealed_at']} in record {found['record'][:12]}, MLflow run "
                f"{found['tracking_run']}"
                if found["record"]
                else "",
            ],
        )


def verify_run(api: Api, run: str) -> Verification:
    """Compare a run with its seal, now; see ``Verifications.verify``."""
    view = api.post(JobView, "runs", run, "verifications")
    return Verification(Job(api, view).wait().result)


class Verifications:
    """What ``Bench`` does to check records.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def verify(self, run: "Run | str") -> Verification:
        """Read a run back from MLflow and compare it with what was sealed when it was logged.

        Parameters
        ----------
        run : a run, its id or the beginning of it.

        Raises
        ------
        NotFoundError
            There is no such run.
        TrackingUnavailableError
            MLflow does not answer: nothing can be said of the run.
        """
        return verify_run(self.api, run.id if isinstance(run, Run) else run)
