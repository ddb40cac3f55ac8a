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
    def tokens_per_second(self) -> float:
        """Tokens that training learns from in a second, as measured."""
        return float(self.result["tokens_per_second"])

    def _table(self) -> Table:
        rows = [
            [
                row["size"],
                f"{row['steps']:,}",
                f"{row['seconds']:,.0f}",
                f"{row['seconds_low']:,.0f} to {row['seconds_high']:,.0f}",
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
                f"predicted from {len(self.result['measured']['step_seconds'])} steps,"
                f" {self.tokens_per_second:,.0f} tokens a second; busy machines take longer",
            ],
        )


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

        Parameters
        ----------
        task : a language-model task.
        owners : only their rows; all unless given.
        **parameters : what ``train`` takes; with ``steps``, that many and no other size.

        Raises
        ------
        InvalidInputError
            The task's recipe trains by no number of steps, or has no such parameter.
        """
        request = message(
            SizesRequest, owners=None if owners is None else list(owners), parameters=parameters
        )
        named = task.id if isinstance(task, Task) else task
        found = self.api.get(TaskView, "tasks", named)
        view = self.api.post(JobView, "tasks", found.id, "sizes", body=request)
        return Sizes(found.id, Job(self.api, view).wait().result)
