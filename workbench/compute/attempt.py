"""One attempt at a job: its folder, its events, its end."""

import errno
import signal
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from workbench.compute.folder import create_folder
from workbench.compute.limits import Watch
from workbench.compute.outcome import Outcome, discard_folder, log_tail, read_outcome
from workbench.compute.process import WorkerProcess, decode_event
from workbench.compute.worker import END
from workbench.core.errors import DiskFullError, WorkbenchError, WorkerLostError
from workbench.core.jobs import CheckpointPlace, Event, JobSpec

PREFIX: Final = "job-"
"""How the names of jobs' folders start."""


class UnexplainedLossError(Exception):
    """A worker ended by itself, neither by our hand nor with an outcome."""

    def __init__(self, exit_code: int | None, log: list[str]) -> None:
        super().__init__(f"the worker was lost ({_ending(exit_code)})")
        self.ending = _ending(exit_code)
        self.log = log

    def final(self, job: str, n_attempts: int) -> WorkerLostError:
        """Return the error for the last attempt."""
        return WorkerLostError(
            f"the worker was lost {n_attempts} times, at last {self.ending}",
            next_step="see the end of its log; if memory ran out, set WORKBENCH_WORKERS to 1",
            job=job,
            log=self.log,
        )


def lay_out(
    jobs_dir: Path,
    spec: JobSpec,
    inputs: Mapping[str, Path],
    cache_dir: Path,
    checkpoints: CheckpointPlace | None = None,
) -> Path:
    """Return a new folder for a job, under a name that nobody chose.

    Raises
    ------
    DiskFullError
        There is no space for it; nothing is left behind.
    """
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=jobs_dir))
        create_folder(folder, spec, inputs, cache_dir, checkpoints)
    except OSError as error:
        if folder is not None:
            discard_folder(folder)
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            f"no space is left for a job's folder in {jobs_dir}",
            next_step="free some space and start the job again",
        ) from error
    return folder


def run_once(
    worker: WorkerProcess, folder: Path, watch: Watch, on_event: Callable[[Event], None]
) -> Outcome:
    """Run the job of a folder and return its outcome; without one, the folder is deleted.

    Raises
    ------
    UnexplainedLossError
        The worker died.
    WorkbenchError
        The job failed or was ended; the end of its log is among the facts.
    """
    outcome: Outcome | None = None
    try:
        exit_code = _follow(worker, folder, watch, on_event)
        outcome = read_outcome(folder, watch.seconds)
        if outcome is None:
            raise UnexplainedLossError(exit_code, log_tail(folder))
    except WorkbenchError as error:
        error.with_facts(log=log_tail(folder))
        raise
    finally:
        if outcome is None:
            discard_folder(folder)
    return outcome


def _follow(
    worker: WorkerProcess, folder: Path, watch: Watch, on_event: Callable[[Event], None]
) -> int | None:
    """Pass a job's events on until it ends; return the exit code if its worker was lost."""
    ended = False
    exit_code = None
    try:
        worker.send(folder)
        while not ended:
            try:
                message = worker.receive(watch.wait_seconds)
            except EOFError:
                break
            ended = message == END
            if message:
                on_event(decode_event(message))
            if not ended:
                watch.check()
    finally:
        # Lost, to be ended, or left alone by a failing listener: its next job gets a new one.
        if not ended:
            exit_code = worker.kill()
    watch.finish()
    return exit_code


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "it left no outcome"
    if exit_code < 0:
        names = {int(number): number.name for number in signal.Signals}
        return f"killed by {names.get(-exit_code, f'signal {-exit_code}')}"
    return f"exit status {exit_code}"
