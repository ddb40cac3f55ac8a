"""Runs jobs in worker processes of this machine."""

import contextlib
import errno
import queue
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from workbench.compute.environment import WORKER_ENVIRONMENT
from workbench.compute.folder import create_folder
from workbench.compute.limits import CHECK_SECONDS, Watch, cancelled_error, closed_error
from workbench.compute.outcome import Outcome, discard_folder, log_tail, read_outcome
from workbench.compute.process import WorkerProcess, decode_event
from workbench.compute.recipes import RECIPES, check_recipe
from workbench.compute.worker import END
from workbench.core.errors import DiskFullError, WorkbenchError, WorkerLostError
from workbench.core.jobs import Event, JobSpec

_PREFIX: Final = "job-"
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
    environment : variables for the workers, above ``WORKER_ENVIRONMENT``.
    recipes : recipes besides the built-in ones; for tests.
    """

    def __init__(
        self,
        jobs_dir: Path,
        *,
        resolve: Callable[[str], Path],
        cache_dir: Path,
        n_workers: int = 2,
        memory_bytes: int = 6 * 2**30,
        seconds: float = 3600.0,
        environment: Mapping[str, str] | None = None,
        recipes: Mapping[str, str] | None = None,
    ) -> None:
        self._jobs_dir = jobs_dir
        self._resolve = resolve
        self._cache_dir = cache_dir
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._recipes = {**RECIPES, **(recipes or {})}
        self._closed = threading.Event()
        variables = {**WORKER_ENVIRONMENT, **(environment or {})}
        self._workers = [WorkerProcess(variables, self._recipes) for _ in range(n_workers)]
        # Last in, first out: a warm worker is taken before one that would have to start.
        self._free: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for worker in reversed(self._workers):
            self._free.put(worker)
        jobs_dir.mkdir(parents=True, exist_ok=True)
        for folder in jobs_dir.glob(f"{_PREFIX}*"):
            discard_folder(folder)

    def run(
        self,
        spec: JobSpec,
        *,
        on_event: Callable[[Event], None] = _ignore,
        cancelled: Callable[[], bool] = _never,
        seconds: float | None = None,
    ) -> Outcome:
        """Run a job and wait for it; several threads may call at once.

        A job whose worker dies of an unknown cause is run a second time, from its start.

        Parameters
        ----------
        spec : the job.
        on_event : called in this thread with each event, in order. A second attempt sends the
            events of the first again.
        cancelled : asked ten times a second; the recipe gets 5 s to stop once it says True.
        seconds : a time limit for this job alone.

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
        worker = self._take_worker(cancelled)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return self._attempt(worker, spec, inputs, on_event, cancelled, limit)
                except _LostWorkerError as lost:
                    if attempt == ATTEMPTS:
                        raise _lost_error(lost, spec) from None
                    on_event({"type": "note", "message": f"{lost}; the job starts again"})
        finally:
            self._free.put(worker)
        raise AssertionError("the last attempt returns or raises")

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

    def _attempt(
        self,
        worker: WorkerProcess,
        spec: JobSpec,
        inputs: Mapping[str, Path],
        on_event: Callable[[Event], None],
        cancelled: Callable[[], bool],
        seconds: float,
    ) -> Outcome:
        folder = self._lay_out(spec, inputs)
        watch = Watch(
            worker,
            folder,
            seconds=seconds,
            memory_bytes=self._memory_bytes,
            cancelled=cancelled,
            closed=self._closed.is_set,
        )
        outcome: Outcome | None = None
        try:
            exit_code = _follow(worker, folder, watch, on_event)
            outcome = read_outcome(folder, watch.seconds)
            if outcome is None:
                raise _LostWorkerError(exit_code, log_tail(folder))
        except WorkbenchError as error:
            error.with_facts(job=spec.id, log=log_tail(folder))
            raise
        finally:
            if outcome is None:
                discard_folder(folder)
        # What stays in the worker's memory must not count against the next job.
        if worker.memory_bytes() > self._memory_bytes // 2:
            worker.kill()
        return outcome

    def _lay_out(self, spec: JobSpec, inputs: Mapping[str, Path]) -> Path:
        folder: Path | None = None
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._jobs_dir))
            create_folder(folder, spec, inputs, self._cache_dir)
        except OSError as error:
            if folder is not None:
                discard_folder(folder)
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise DiskFullError(
                f"no space is left for a job's folder in {self._jobs_dir}",
                next_step="free some space and start the job again",
            ) from error
        return folder


class _LostWorkerError(Exception):
    """A worker process ended by itself, and its job with it."""

    def __init__(self, exit_code: int | None, log: list[str]) -> None:
        super().__init__(f"the worker was lost ({_ending(exit_code)})")
        self.ending = _ending(exit_code)
        self.log = log


def _follow(
    worker: WorkerProcess, folder: Path, watch: Watch, on_event: Callable[[Event], None]
) -> int | None:
    """Pass a job's events on until it ends; return the exit code if its worker was lost."""
    ended = False
    exit_code = None
    try:
        worker.send(folder)
        while not ended:
            message = worker.receive(watch.wait_seconds)
            ended = message == END
            if message:
                on_event(decode_event(message))
            watch.check()
    except EOFError:
        pass
    finally:
        if not ended:
            exit_code = worker.kill()
    watch.finish()
    return exit_code


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "it left no outcome"
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"exit status {exit_code}"


def _lost_error(lost: _LostWorkerError, spec: JobSpec) -> WorkerLostError:
    return WorkerLostError(
        f"the worker was lost {ATTEMPTS} times, at last {lost.ending}",
        next_step="see the end of its log; if memory ran out, set WORKBENCH_WORKERS to 1",
        job=spec.id,
        log=lost.log,
    )
