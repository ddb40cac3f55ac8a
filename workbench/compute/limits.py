"""What ends a job before its time: a wish, the clock, the memory, the end of the server."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workbench.compute.process import WorkerProcess
from workbench.core.errors import (
    ExecutorClosedError,
    JobCancelledError,
    MemoryLimitError,
    TimeLimitError,
    WorkbenchError,
)

CHECK_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 5.0


class Watch:
    """Looks after one running job; ``check`` raises when the job has to be ended.

    Parameters
    ----------
    worker : where the job runs.
    folder : the job's; the markers ``cancel`` and ``stop`` in it ask the recipe.
    seconds, memory_bytes : the limits.
    cancelled : whether somebody asked the job to stop.
    stopping : whether somebody asked the training to end early.
    closed : whether the executor is being closed.
    resumable : whether the job may keep its state before the executor closes.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        folder: Path,
        *,
        seconds: float,
        memory_bytes: int,
        cancelled: Callable[[], bool],
        stopping: Callable[[], bool],
        closed: Callable[[], bool],
        resumable: bool,
    ) -> None:
        self._worker = worker
        self._folder = folder
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._cancelled = cancelled
        self._stopping = stopping
        self._closed = closed
        self._resumable = resumable
        self._started = time.monotonic()
        self._next = self._started
        self._kill_at: float | None = None
        self._is_stopping = False

    @property
    def seconds(self) -> float:
        """Seconds since the job was handed to the worker."""
        return time.monotonic() - self._started

    @property
    def wait_seconds(self) -> float:
        """Seconds until the next check is due."""
        return max(0.0, self._next - time.monotonic())

    def check(self) -> None:
        """Compare the job with its limits, at most every ``CHECK_SECONDS``.

        Raises
        ------
        ExecutorClosedError, JobCancelledError, TimeLimitError, MemoryLimitError
            The worker has to be killed.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + CHECK_SECONDS
        self._check_wishes(now)
        if self.seconds > self._seconds:
            raise TimeLimitError(
                f"the job ran longer than {self._seconds:g} s",
                wanted="a job within the time limit",
                next_step="ask for less at once, or raise WORKBENCH_JOB_SECONDS",
                limit_seconds=self._seconds,
            )
        used = self._worker.memory_bytes()
        if used > self._memory_bytes:
            raise MemoryLimitError(
                f"the job used {used / 2**20:,.0f} MiB of memory",
                wanted=f"at most {self._memory_bytes / 2**20:,.0f} MiB",
                next_step="use smaller batches or a smaller base model, "
                "or raise WORKBENCH_WORKER_MEMORY_BYTES",
                limit_bytes=self._memory_bytes,
                used_bytes=used,
            )

    def finish(self) -> None:
        """Raise the error of a job that was asked to stop, though it came to its end."""
        if self._kill_at is not None:
            raise self._ended()

    def _check_wishes(self, now: float) -> None:
        closed = self._closed()
        if closed and not self._resumable:
            raise closed_error()
        if self._kill_at is None:
            if closed or self._cancelled():
                (self._folder / "cancel").touch()
                self._kill_at = now + GRACE_SECONDS
        elif now >= self._kill_at:
            raise self._ended()
        if not self._is_stopping and self._stopping():
            (self._folder / "stop").touch()
            self._is_stopping = True

    def _ended(self) -> WorkbenchError:
        return closed_error() if self._closed() else cancelled_error()


def cancelled_error() -> JobCancelledError:
    """Return the error of a job that somebody cancelled."""
    return JobCancelledError("the job was cancelled")


def closed_error() -> ExecutorClosedError:
    """Return the error of a job whose executor was closed."""
    return ExecutorClosedError(
        "the workers were stopped",
        next_step="the job goes on when the server starts again",
    )
