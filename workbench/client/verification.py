"""Whether a run, or the home, is still what was written, and the part of ``Bench`` that asks."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, overload

from workbench.client.connection import Api
from workbench.client.display import Shown, Table
from workbench.client.frames import make_frame
from workbench.client.home_verification import HomeVerification, verify_home
from workbench.client.job import Job
from workbench.client.run import Run
from workbench.core.errors import InvalidInputError
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
                f"sealed at {_time(found['sealed_at'])} in record {found['record'][:12]}, "
                f"MLflow run {found['tracking_run']}"
                if found["record"]
                else "",
            ],
        )


def _time(said: str) -> str:
    return f"{datetime.fromisoformat(said).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


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

    @overload
    def verify(self, run: None = None, *, files: bool = False) -> HomeVerification: ...

    @overload
    def verify(self, run: "Run | str") -> Verification: ...

    def verify(
        self, run: "Run | str | None" = None, *, files: bool = False
    ) -> Verification | HomeVerification:
        """Verify a run, or the whole home.

        A run is read back from MLflow and compared with what was sealed when it was logged. Of
        a home every record's signature, the log, the balances, the signed head and the files
        are checked, and the first bad entry is named.

        Parameters
        ----------
        run : a run, its id or the beginning of it; None for the home.
        files : of the home: hash every file, which takes as long as reading them all.

        Raises
        ------
        NotFoundError
            There is no such run.
        TrackingUnavailableError
            MLflow does not answer: nothing can be said of the run.
        """
        if run is None:
            return verify_home(self.api, files=files)
        if files:
            raise InvalidInputError(
                "files are asked for beside a run", wanted="files=True alone, for the home"
            )
        return verify_run(self.api, run.id if isinstance(run, Run) else run)
