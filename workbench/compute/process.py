"""One worker process, started when it is first needed and again when it was lost.

The processes are loky's: started from a clean interpreter (no fork of a server full of threads,
no ``__main__`` of somebody's notebook), with an environment of their own and no file descriptor
but the ones handed over, so that no worker holds the database or the lock of the home.

The pool around them is ours. In loky's, as in ``concurrent.futures``, one killed worker breaks
the executor and fails every job in it; it can stop neither a running job nor one that outgrows
its memory. Here a worker belongs to one job at a time, and dies alone.

Everything that crosses the pipe is JSON: the server unpickles nothing that a worker sent.
"""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import psutil
from loky.backend.context import get_context

from workbench.compute import worker
from workbench.compute.folder import MAX_EVENT_BYTES
from workbench.core.errors import JobError
from workbench.core.jobs import Event

_CONTEXT: Final = get_context("loky")
# Starting touches the list of children that multiprocessing keeps for the whole process.
_STARTING: Final = threading.Lock()
_CHILDREN_SECONDS: Final = 1.0


class WorkerProcess:
    """A place where one job at a time runs; used by one thread at a time.

    Parameters
    ----------
    environment : variables that the process starts with, besides this one's.
    recipes : the allow list.
    """

    def __init__(self, environment: Mapping[str, str], recipes: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._recipes = dict(recipes)
        self._process: Any = None
        self._connection: Connection | None = None
        self._children: list[psutil.Process] = []
        self._look_for_children_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process's id; None before the first job and after a kill."""
        return None if self._process is None else int(self._process.pid)

    @property
    def exit_code(self) -> int | None:
        """How the process ended: a status, or minus a signal; None while it lives."""
        if self._process is None or self._process.exitcode is None:
            return None
        return int(self._process.exitcode)

    def send(self, folder: Path) -> None:
        """Have the process run the job of a folder; start the process if there is none."""
        if self._process is None or self._process.exitcode is not None:
            self.kill()
            self._start()
        assert self._connection is not None  # noqa: S101 - _start has set it; for mypy
        # A worker that died meanwhile is noticed by the first receive.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send_bytes(os.fsencode(folder))

    def receive(self, wait_seconds: float) -> bytes | None:
        """Return the next event's JSON, ``worker.END``, or None when there is none in time.

        Raises
        ------
        EOFError
            The process is gone and everything it sent has been read.
        """
        if self._connection is None:
            raise EOFError
        try:
            if self._connection.poll(wait_seconds):
                return self._connection.recv_bytes(MAX_EVENT_BYTES)
        except OSError as error:  # a reset, or a message longer than a worker of ours sends
            raise EOFError from error
        # A grandchild can hold the pipe of a dead worker open.
        if self.exit_code is not None and not self._connection.poll(0):
            raise EOFError
        return None

    def memory_bytes(self) -> int:
        """Return the resident memory of the process and its children; 0 when it is gone."""
        if self.pid is None:
            return 0
        try:
            process = psutil.Process(self.pid)
            total = int(process.memory_info().rss)
            if time.monotonic() >= self._look_for_children_at:
                # This reads every process of the machine, so not each time.
                self._children = process.children(recursive=True)
                self._look_for_children_at = time.monotonic() + _CHILDREN_SECONDS
        except psutil.Error:
            return 0
        for child in self._children:
            with contextlib.suppress(psutil.Error):
                total += int(child.memory_info().rss)
        return total

    def kill(self) -> int | None:
        """End the process and its children at once; the next job gets a new one.

        Returns
        -------
        How the process ended: a status, or minus a signal; None when there was none.
        """
        exit_code = None
        if self._process is not None:
            if self._process.exitcode is None:
                _kill_group(int(self._process.pid))
            self._process.join()
            exit_code = self.exit_code
            self._children = []
            self._process = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return exit_code

    def _start(self) -> None:
        ours, theirs = _CONTEXT.Pipe(duplex=True)
        with _STARTING, contextlib.closing(theirs):
            process = _CONTEXT.Process(
                target=worker.serve,
                args=(theirs, self._recipes),
                name="workbench-worker",
                env=self._environment,
                # Not waited for when the server's interpreter ends: it is ended then.
                daemon=True,
            )
            process.start()
        self._process = process
        self._connection = ours


def _kill_group(pid: int) -> None:
    # The group takes grandchildren along; just after the start there is no group yet.
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)


def decode_event(message: bytes) -> Event:
    """Return an event from what a worker sent.

    Raises
    ------
    JobError
        It is no JSON object with a type.
    """
    try:
        event = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise JobError(f"the worker sent an event that is not JSON: {error}") from error
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise JobError("the worker sent an event without a type", wanted="a JSON object")
    return event
