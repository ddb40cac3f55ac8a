"""Runs jobs in worker processes of this machine."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from workbench.compute.attempt import PREFIX, UnexplainedLossError, lay_out, run_once
from workbench.compute.environment import WORKER_ENVIRONMENT
from workbench.compute.limits import CHECK_SECONDS, Watch, cancelled_error, closed_error
from workbench.compute.outcome import Outcome, discard_folder
from workbench.compute.process import WorkerProcess
from workbench.compute.recipes import RECIPES, check_recipe
from workbench.core.errors import WorkbenchError
from workbench.core.jobs import CheckpointPlace, Event, JobSpec

_CLOSE_SECONDS: Final = 10.0

ATTEMPTS: Final = 2
"""Runs of a job whose worker dies of an unknown cause, the first one included."""


def _ignore(_: Event) -> None:
    """Let an event pass."""


def _never() -> bool:
    return False


class LocalExecutor:
    """A few warm worker processes, each running one job at a time.

    Workers start with the first job that needs them and stay: what a recipe imported or cached
    is there for the next job. They end with ``close`` and with this process, however it ends.

    Parameters
    ----------
    jobs_dir : made when missing and owned by this executor: what a killed one left is deleted.
    resolve : value of ``JobSpec.inputs`` → path of the file or model folder.
    cache_dir : what jobs share; safe to delete between jobs.
    n_workers : jobs that run at the same time; more wait for their turn.
    memory_bytes : resident memory, above which a job is ended.
    seconds : wall-clock time of one job, after which it is ended.
    checkpoint_seconds : how often a job that can go on later keeps its state.
    environment : variables for the workers, above ``WORKER_ENVIRONMENT``.
    recipes : recipes besides the built-in ones; for tests.
    """

    def __init__(  # noqa: PLR0913, one argument a limit
        self,
        jobs_dir: Path,
        *,
        resolve: Callable[[str], Path],
        cache_dir: Path,
        n_workers: int = 2,
        memory_bytes: int = 6 * 2**30,
        seconds: float = 3600.0,
        checkpoint_seconds: float = 30.0,
        environment: Mapping[str, str] | None = None,
        recipes: Mapping[str, str] | None = None,
    ) -> None:
        self._jobs_dir = jobs_dir
        self._resolve = resolve
        self._cache_dir = cache_dir
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._checkpoint_seconds = checkpoint_seconds
        self._recipes = {**RECIPES, **(recipes or {})}
        self._closed = threading.Event()
        variables = {**WORKER_ENVIRONMENT, **(environment or {})}
        self._workers = [WorkerProcess(variables, self._recipes) for _ in range(n_workers)]
        # Last in, first out: a warm worker is taken before one that would have to start.
        self._free: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for worker in reversed(self._workers):
            self._free.put(worker)
        jobs_dir.mkdir(parents=True, exist_ok=True)
        for folder in jobs_dir.glob(f"{PREFIX}*"):
            discard_folder(folder)

    @property
    def n_workers(self) -> int:
        """Jobs that run at the same time."""
        return len(self._workers)

    def run(
        self,
        spec: JobSpec,
        *,
        on_event: Callable[[Event], None] = _ignore,
        cancelled: Callable[[], bool] = _never,
        seconds: float | None = None,
        stopping: Callable[[], bool] = _never,
        resumable: bool = False,
    ) -> Outcome:
        """Run a job and wait for it; several threads may call at once.

        A job whose worker dies of an unknown cause is run a second time: from its start, or
        from its checkpoint.

        Parameters
        ----------
        spec : the job.
        on_event : called in this thread with each event, in order. A second attempt sends the
            events of the first again.
        cancelled : asked ten times a second; the recipe gets 5 s to stop once it says True.
        seconds : a time limit for this job alone.
        stopping : asked as often; a recipe that trains ends early, with a result, once it
            says True.
        resumable : whether the job keeps checkpoints and goes on from what an earlier run of
            the same specification left; see ``discard_checkpoint``.

        Raises
        ------
        InvalidInputError
            There is no such recipe.
        JobCancelledError, TimeLimitError, MemoryLimitError, WorkerLostError
            The job was ended; the worker's place is free for the next one.
        ExecutorClosedError
            The executor was closed before the job ended.
        WorkbenchError
            What the recipe raised; JobError for what is not ours. The facts carry the job's id
            and, under ``log``, the last lines that it printed.
        """
        check_recipe(spec.recipe, self._recipes)
        inputs = {name: self._resolve(reference) for name, reference in spec.inputs.items()}
        limit = self._seconds if seconds is None else seconds
        checkpoints = self._checkpoints(spec) if resumable else None
        worker = self._take_worker(cancelled)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    folder = lay_out(self._jobs_dir, spec, inputs, self._cache_dir, checkpoints)
                    watch = Watch(
                        worker,
                        folder,
                        seconds=limit,
                        memory_bytes=self._memory_bytes,
                        cancelled=cancelled,
                        stopping=stopping,
                        closed=self._closed.is_set,
                        resumable=resumable,
                    )
                    return run_once(worker, folder, watch, on_event)
                except UnexplainedLossError as loss:
                    if attempt == ATTEMPTS:
                        raise loss.final(spec.id, ATTEMPTS) from None
                    on_event({"type": "note", "message": f"{loss}; the job starts again"})
        except WorkbenchError as error:
            error.with_facts(job=spec.id)
            raise
        finally:
            self._give_back(worker)
        raise AssertionError("the last attempt returns or raises")

    def discard_checkpoint(self, spec: JobSpec) -> None:
        """Delete what a job would go on from; it is done, or has to start over."""
        discard_folder(self._checkpoints(spec).folder)

    def close(self) -> None:
        """End all workers; jobs that still run raise ExecutorClosedError."""
        if self._closed.is_set():
            return
        self._closed.set()
        deadline = time.monotonic() + _CLOSE_SECONDS
        # Each running job kills its own worker, so that no two threads handle one process.
        with contextlib.suppress(queue.Empty):
            for _ in self._workers:
                self._free.get(timeout=max(0.0, deadline - time.monotonic()))
        for worker in self._workers:
            worker.kill()

    def _take_worker(self, cancelled: Callable[[], bool]) -> WorkerProcess:
        while True:
            if self._closed.is_set():
                raise closed_error()
            if cancelled():
                raise cancelled_error()
            with contextlib.suppress(queue.Empty):
                return self._free.get(timeout=CHECK_SECONDS)

    def _checkpoints(self, spec: JobSpec) -> CheckpointPlace:
        folder = self._cache_dir / "checkpoints" / spec.id
        return CheckpointPlace(folder, self._checkpoint_seconds)

    def _give_back(self, worker: WorkerProcess) -> None:
        # What stays in the worker's memory must not count against the next job.
        if worker.memory_bytes() > self._memory_bytes // 2:
            worker.kill()
        self._free.put(worker)
