"""What fine-tunes will cost, before one starts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api, message
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.task import Task
from workbench.core.wire import JobView, SizesRequest, TaskView

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    *("size", "steps", "seconds", "seconds_low", "seconds_high"),
    *("memory_bytes", "fits", "reason"),
)


class Sizes(Shown):
    """What every size of a fine-tune will cost on this machine.

    Parameters
    ----------
    task : the task's id.
    result : of the job: what was measured, and what follows for each size.
    """

    def __init__(self, task: str, result: dict[str, Any]) -> None:
        self.task = task
        self.result = result

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a size: steps, seconds and their range, peak memory, whether it fits."""
        return make_frame(self.result["sizes"], _COLUMNS)

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens that training learns from in a second, as measured; None without steps."""
        found: float | None = self.result["tokens_per_second"]
        return found

    def _table(self) -> Table:
        rows = [
            [
                row["size"],
                "" if row["steps"] is None else f"{row['steps']:,}",
                _seconds(row["seconds"]),
                f"{_seconds(row['seconds_low'])} to {_seconds(row['seconds_high'])}",
                f"{row['memory_bytes'] / 1e9:.2f} GB",
                "yes" if row["fits"] else "no",
            ]
            for row in self.result["sizes"]
        ]
        heads = ("steps", "seconds", "between", "memory", "fits")
        return Table(
            f"sizes of {self.task}",
            [Column("size"), *(Column(head, "right") for head in heads)],
            rows,
            [
                *(f"{r['size']}: {r['reason']}" for r in self.result["sizes"] if r["reason"]),
                f"predicted from {self._measured()}; busy machines take longer",
            ],
        )

    def _measured(self) -> str:
        measured, speed = self.result["measured"], self.tokens_per_second
        if speed is None:
            small, large = measured["sampled_rows"]
            return f"fits of {small:,} and {large:,} of {measured['n_rows']:,} rows"
        return f"{len(measured['step_seconds'])} steps, {speed:,.0f} tokens a second"


def _seconds(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 10 else f"{quantity:.2g}"


class Predictions:
    """What ``Bench`` knows before work starts.

    Parameters
    ----------
    api : the way to the server.
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def sizes(
        self, task: "Task | str", *, owners: Sequence[str] | None = None, **parameters: Any
    ) -> Sizes:
        """Measure a few steps of a fine-tune, and predict what every size will cost.

        Training that takes no steps is the same at every size: two shares of its rows are
        fitted, and one line says what all of them will cost.

        Parameters
        ----------
        task : the task, or its id.
        owners : only their rows; all unless given.
        **parameters : what ``train`` takes; with ``steps``, that many and no other size.

        Raises
        ------
        InvalidInputError
            The task's recipe has no such parameter.
        """
        request = message(
            SizesRequest, owners=None if owners is None else list(owners), parameters=parameters
        )
        named = task.id if isinstance(task, Task) else task
        found = self.api.get(TaskView, "tasks", named)
        view = self.api.post(JobView, "tasks", found.id, "sizes", body=request)
        return Sizes(found.id, Job(self.api, view).wait().result)
