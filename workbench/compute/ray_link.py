"""The server's end of a driver process: what it says reaches the thread that waits for it."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any, Final

from workbench.compute.ray_cluster import Cluster

_TICK_SECONDS: Final = 0.1
_MAX_LINE_BYTES: Final = 64 * 2**20
_EXIT_SECONDS: Final = 5.0
_LOG_BYTES: Final = 2**20
_WRONG_TOKEN: Final = b"InvalidAuthToken"

Line = dict[str, Any]


class DriverLostError(Exception):
    """The driver process ended, or says nothing any more."""


class DriverLink:
    """A driver process, connected to a cluster.

    Parameters
    ----------
    cluster : where it is, and how long we wait.

    Raises
    ------
    WorkbenchError
        Nobody answers at the address, or not as a Ray cluster with our token.
    """

    def __init__(self, cluster: Cluster) -> None:
        cluster.check_listening()
        self._cluster = cluster
        self._boxes: dict[str, queue.SimpleQueue[Line]] = {}
        self._ready: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._writing = threading.Lock()
        self._heard = time.monotonic()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - the process writes to it; close ends it
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [
                # Without the working directory, whose modules could stand before Python's own.
                *(sys.executable, "-P", "-m", "workbench.compute.ray_driver"),
                cluster.address,
                *map(str, (cluster.silence_seconds, cluster.queue_seconds)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=cluster.environment(),
            # Ctrl-C in the server's terminal is not meant for it.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.n_cpus = self._connected()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process runs and speaks."""
        silent = time.monotonic() - self._heard > self._cluster.silence_seconds
        return self._reader.is_alive() and not silent

    def start(self, name: str, **request: Any) -> None:
        """Have the driver begin an attempt at a job."""
        self._boxes[name] = queue.SimpleQueue()
        self._write({"start": name, **request})

    def cancel(self, name: str) -> None:
        """Have the driver stop an attempt."""
        self._write({"cancel": name})

    def receive(self, name: str, wait_seconds: float = _TICK_SECONDS) -> Line | None:
        """Return what the driver said of an attempt; None when it said nothing in time.

        Raises
        ------
        DriverLostError
            The process is gone and everything it said has been read.
        """
        alive = self.alive
        with contextlib.suppress(queue.Empty):
            return self._boxes[name].get(timeout=wait_seconds if alive else 0.0)
        if not alive:
            raise DriverLostError("the process that speaks to the cluster was lost")
        return None

    def forget(self, name: str) -> None:
        """Drop what is still said of an attempt."""
        self._boxes.pop(name, None)

    def close(self) -> None:
        """End the process; jobs that still run on the cluster are ended by Ray."""
        if not self.alive:
            # It may be stopped with its pipe full, and somebody waiting to write.
            self._process.kill()
        with contextlib.suppress(OSError), self._writing:
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _connected(self) -> int:
        seconds = self._cluster.connect_seconds
        line: Line = {"refused": f"it did not answer within {seconds:g} s"}
        with contextlib.suppress(queue.Empty):
            line = self._ready.get(timeout=seconds)
        if "ready" not in line:
            self._process.kill()
            # Only Ray's log tells; its error says no more than that it failed to connect.
            refused = _WRONG_TOKEN in os.pread(self._log.fileno(), _LOG_BYTES, 0)
            why = "it has another token" if refused else line.get("refused", "the connection ended")
            raise self._cluster.unreachable(why)
        return int(line["n_cpus"])

    def _write(self, command: Line) -> None:
        # A driver that died meanwhile is noticed by the next receive.
        with contextlib.suppress(OSError, ValueError), self._writing:
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(command).encode() + b"\n")
                self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        while stream is not None and (content := stream.readline(_MAX_LINE_BYTES)):
            self._heard = time.monotonic()
            line = json.loads(content)
            if "job" in line:
                if box := self._boxes.get(line["job"]):
                    box.put(line)
            elif "beat" not in line:
                self._ready.put(line)
        self._ready.put({})
