"""Whether a home is as its server wrote it: a tick for each thing checked."""

from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api, message
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.core.wire import JobView, VerifyRequest

if TYPE_CHECKING:
    import pandas as pd

_MARKS: Final = {"verified": "✓", "bad": "✗"}


class HomeVerification(Shown):
    """A home, checked from its first record to its last file.

    Parameters
    ----------
    result : of the job: state, steps, first bad entry.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result

    @property
    def state(self) -> str:
        """``"verified"`` or ``"damaged"``."""
        return str(self.result["state"])

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was written."""
        return self.state == "verified"

    @property
    def first_bad(self) -> dict[str, Any] | None:
        """The first fault: ``step``, ``seq`` of the log entry, ``found``, ``wanted``; or None."""
        found: dict[str, Any] | None = self.result["first_bad"]
        return found

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a step: ``step``, ``state``, ``message``."""
        return make_frame(self.result["steps"], ["step", "state", "message"])

    def _table(self) -> Table:
        found = self.result
        rows = [
            [f"{_MARKS.get(step['state'], '·')} {step['step']}", step["message"] or step["state"]]
            for step in found["steps"]
        ]
        mark = "✓" if self.is_whole else "✗"
        caption = f"{mark} home of {found['origin'][:12]}: {self.state}"
        return Table(caption, [Column("step"), Column("found")], rows, self._notes())

    def _notes(self) -> list[str]:
        bad = self.first_bad
        if bad is None:
            return [f"the log's head is {self.result['head']}, its root {self.result['root']}"]
        where = "" if bad["seq"] is None else f" entry {bad['seq']} of the log"
        return [
            f"the first bad{where or ' thing'}: found {bad['found']}",
            f"wanted {bad['wanted']}",
            "restore the home from a backup; nothing after this can be relied on",
        ]


def verify_home(api: Api, *, files: bool) -> HomeVerification:
    """Check the whole home, now; see ``Verifications.verify``."""
    view = api.post(JobView, "verifications", body=message(VerifyRequest, files=files))
    return HomeVerification(Job(api, view).wait().result)
