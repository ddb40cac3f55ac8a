"""A job's card in the cell that waits for the job."""

from typing import Any, Self

from IPython.display import display

from workbench.client.job import Job
from workbench.widgets.job_card import JobCard


class LiveCard:
    """Shows a job's card in the running cell, fed by whoever waits for the job.

    Parameters
    ----------
    job : the job that a cell waits for.
    """

    def __init__(self, job: Job) -> None:
        self.card = JobCard(job, watch=False)

    def __enter__(self) -> Self:
        display(self.card)
        return self

    def __exit__(self, *_: object) -> None:
        self.card.finish()

    def event(self, event: dict[str, Any]) -> None:
        """Show one event of the job."""
        self.card.hear(event)
