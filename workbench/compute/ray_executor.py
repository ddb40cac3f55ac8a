"""Runs jobs on a Ray cluster, with the answers of ``LocalExecutor``."""

import contextlib
import itertools
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from workbench.compute.attempt import lay_out
from workbench.compute.limits import closed_error
from workbench.compute.outcome import Outcome, discard_folder, read_outcome
from workbench.compute.ray_cluster import Cluster, check_installed
from workbench.compute.ray_folder import own_folder
from workbench.compute.ray_follow import Stop, Told
from workbench.compute.ray_link import DriverLink, DriverLostError, Line
from workbench.compute.recipes import RECIPES, check_recipe
from workbench.core.errors import WorkbenchError, WorkerLostError
from workbench.core.jobs import Event, JobSpec

ATTEMPTS: Final = 3
"""Attempts at a job whose node is lost, the first one included."""


class AttemptLostError(Exception):
    """A node left without an outcome."""


def _ignore(_: Event) -> None:
    """Let an event pass."""


def _never() -> bool:
    return False


class RayExecutor:
    """Jobs on the nodes of a Ray cluster, one a CPU; what is more waits in Ray's queue.

    The connection is made by the first job. It is held by a process of its own, so that
    neither a lost cluster nor what nodes send can harm this one; a lost one is replaced. On a
    node, ``LocalExecutor`` runs the job: same limits, same errors. Nodes need the same
    packages and, for jobs that name their environment, the same CPU.

    Parameters
    ----------
    jobs_dir : made when missing, for executors of this kind only; each has a folder in it,
        and deletes those that killed processes left.
    cluster : address of its head, or where it is and how long we wait; this machine must be
        one of its nodes.
    resolve : value of ``JobSpec.inputs`` → path of the file or model folder.
    cache_dir : this machine's; nodes use their own ``WORKBENCH_CACHE``.
    memory_bytes : resident memory, above which a job is ended.
    seconds : wall-clock time of one job, after which it is ended.
    recipes : recipes besides the built-in ones; for tests.

    Raises
    ------
    MissingExtraError
        Ray is not installed.
    InvalidInputError
        The address is no ``host:port``.
    """

    def __init__(
        self,
        jobs_dir: Path,
        cluster: Cluster | str,
        *,
        resolve: Callable[[str], Path],
        cache_dir: Path,
        memory_bytes: int = 6 * 2**30,
        seconds: float = 3600.0,
        recipes: Mapping[str, str] | None = None,
    ) -> None:
        check_installed()
        self._cluster = Cluster.at(cluster) if isinstance(cluster, str) else cluster
        self._jobs_dir = own_folder(jobs_dir)
        self._resolve = resolve
        self._cache_dir = cache_dir
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._extra_recipes = dict(recipes or {})
        self._closed = threading.Event()
        self._connecting = threading.Lock()
        self._driver: DriverLink | None = None
        self._numbers = itertools.count()

    @property
    def n_workers(self) -> int:
        """Jobs that the cluster can run at once: its CPUs when we connected, at least 1.

        Raises
        ------
        WorkbenchError
            The cluster cannot be reached.
        """
        return max(1, self._connected().n_cpus)

    def run(
        self,
        spec: JobSpec,
        *,
        on_event: Callable[[Event], None] = _ignore,
        cancelled: Callable[[], bool] = _never,
        seconds: float | None = None,
    ) -> Outcome:
        """Run a job and wait for it; several threads may call at once.

        A job whose node is lost is run again, from its start, up to ``ATTEMPTS`` times.

        Parameters
        ----------
        spec : the job.
        on_event : called in this thread with each event, in order, a tenth of a second after
            it happened. A further attempt sends the events of the ones before again.
        cancelled : asked ten times a second; the recipe gets 5 s to stop once it says True.
        seconds : a time limit for this job alone; waiting for a node does not count.

        Raises
        ------
        InvalidInputError
            There is no such recipe, no cluster at the address, or no node like this machine.
        JobCancelledError, TimeLimitError, MemoryLimitError, WorkerLostError
            The job was ended; its place is free for the next one.
        ExecutorClosedError
            The executor was closed before the job ended.
        WorkbenchError
            What the recipe raised; JobError for what is not ours. The facts carry the job's
            id, ``log``, the ``node``, and for coalitions the ``coalition`` that was next.
        """
        check_recipe(spec.recipe, {**RECIPES, **self._extra_recipes})
        inputs = {name: self._resolve(reference) for name, reference in spec.inputs.items()}
        limit = self._seconds if seconds is None else seconds
        told = Told(spec, on_event)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return self._attempt(spec, inputs, told, cancelled, limit)
                except (AttemptLostError, DriverLostError) as loss:
                    if attempt == ATTEMPTS:
                        raise _final(loss) from None
                    note = f"the worker was lost: {loss}; the job starts again"
                    on_event({"type": "note", "message": note})
        except WorkbenchError as error:
            told.name_coalition(error)
            error.with_facts(job=spec.id)
            raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Leave the cluster; jobs that still run raise ExecutorClosedError."""
        with self._connecting:
            # Under the lock, for which whoever sees it waits before tidying up.
            self._closed.set()
            if self._driver is not None:
                self._driver.close()
                self._driver = None
        with contextlib.suppress(OSError):  # gone already, or with outcomes still in use
            self._jobs_dir.rmdir()

    def _connected(self) -> DriverLink:
        with self._connecting:
            if self._closed.is_set():
                raise closed_error()
            if self._driver is not None and not self._driver.alive:
                self._driver.close()
                self._driver = None
            if self._driver is None:
                self._driver = DriverLink(self._cluster)
            return self._driver

    def _attempt(
        self,
        spec: JobSpec,
        inputs: Mapping[str, Path],
        told: Told,
        cancelled: Callable[[], bool],
        seconds: float,
    ) -> Outcome:
        driver = self._connected()
        folder = lay_out(self._jobs_dir, spec, inputs, self._cache_dir)
        outcome: Outcome | None = None
        try:
            told.start()
            request = {
                "folder": str(folder),
                "seconds": seconds,
                "memory_bytes": self._memory_bytes,
                "recipes": self._extra_recipes,
            }
            end = self._follow(driver, request, told, cancelled)
            outcome = read_outcome(folder, float(end.get("seconds") or 0.0))
            if outcome is None:
                raise AttemptLostError(end.get("why") or "it left no outcome")
        finally:
            if outcome is None:
                if self._closed.is_set():
                    # The driver writes into the folder until it has ended.
                    with self._connecting:
                        pass
                discard_folder(folder)
        return outcome

    def _follow(
        self, driver: DriverLink, request: Line, told: Told, cancelled: Callable[[], bool]
    ) -> Line:
        """Pass a job's events on until it ends; return the last line of its driver."""
        name = str(next(self._numbers))
        stop = Stop(cancelled, lambda: driver.cancel(name))
        driver.start(name, **request)
        try:
            while True:
                line = self._receive(driver, name)
                if line is not None and line["kind"] != "events":
                    stop.finish()
                    return line
                for event in line["events"] if line is not None else ():
                    told.pass_on(event)
                stop.check()
        except BaseException:
            # Left alone by a failing listener, for one.
            driver.cancel(name)
            raise
        finally:
            driver.forget(name)

    def _receive(self, driver: DriverLink, name: str) -> Line | None:
        try:
            line = driver.receive(name)
        except DriverLostError:
            if not self._closed.is_set():
                raise
            line = None
        if self._closed.is_set():
            raise closed_error()
        return line


def _final(loss: Exception) -> WorkerLostError:
    return WorkerLostError(
        f"the worker was lost {ATTEMPTS} times; at last, {loss}",
        next_step="look at the cluster with `ray status`; if memory ran out, use fewer CPUs a node",
    )
