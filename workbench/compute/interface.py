"""What every executor offers, wherever its workers are."""

from collections.abc import Callable
from typing import Protocol

from workbench.compute.outcome import Outcome
from workbench.core.jobs import Event, JobSpec


class Executor(Protocol):
    """Runs jobs, several at a time; ``LocalExecutor`` here, ``RayExecutor`` on a cluster."""

    @property
    def n_workers(self) -> int:
        """Jobs that run at the same time."""
        ...

    def run(
        self,
        spec: JobSpec,
        *,
        on_event: Callable[[Event], None] = ...,
        cancelled: Callable[[], bool] = ...,
        seconds: float | None = None,
    ) -> Outcome:
        """Run a job and wait for it; several threads may call at once."""
        ...

    def close(self) -> None:
        """End all workers; jobs that still run raise ExecutorClosedError."""
        ...
