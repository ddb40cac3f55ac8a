"""The process that speaks to a Ray cluster: ``python -m workbench.compute.ray_driver ADDRESS``.

A process of its own, because Ray ends the one it lives in when a cluster is gone for a minute,
unpickles what nodes send, and can be connected to one cluster only. The server, which holds the
database, must suffer none of this. Lines of JSON go in and out:

.. code-block:: text

    in    start, folder, seconds, memory_bytes, recipes     run the job of a folder
          cancel                                            stop it
    out   ready, n_cpus                                     connected
          refused                                           not connected, and why
          beat                                              the driver lives
          job, kind: events, problem, result, lost          as in ``ray_message``

``start``, ``cancel`` and ``job`` carry one name for one attempt at a job.
"""

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import RayError, RayTaskError, TaskCancelledError

from workbench.compute.ray_cluster import Cluster
from workbench.compute.ray_message import decode, write_message
from workbench.compute.ray_node import run_on_node
from workbench.compute.ray_parcel import pack
from workbench.core.errors import JobError, WorkbenchError, WorkerLostError

POLL_SECONDS: Final = 0.05
BEAT_SECONDS: Final = 1.0
_CANCEL_SECONDS: Final = 8.0
_GET_SECONDS: Final = 60.0

Line = dict[str, Any]


@dataclass
class Attempt:
    """One attempt at a job, as far as the driver has heard of it."""

    name: str
    folder: Path
    stream: Any
    heard: float
    node: str | None = None
    cancel_at: float | None = None
    ended: bool = False


class Driver:
    """Starts the jobs it is told to and passes on what their nodes say; one thread.

    Parameters
    ----------
    out : file descriptor of the lines to the server.
    cluster : its deadlines count: Ray itself waits for ever for a task that is bound to a
        vanished node.
    """

    def __init__(self, out: int, cluster: Cluster) -> None:
        self._out = out
        self._cluster = cluster
        self._attempts: dict[str, Attempt] = {}
        self._parcels: dict[str, dict[str, str]] = {}
        self._refs: dict[str, list[Any]] = {}
        self._beat_at = 0.0
        self._heard = time.monotonic()
        self._task = ray.remote(
            # A retry by Ray would number the messages anew; ours starts the job again as a whole.
            max_retries=0,
            num_cpus=1,
            num_returns="streaming",
            scheduling_strategy="SPREAD",
            # Long outputs wait at the node until we have read what came before.
            _generator_backpressure_num_objects=8,
        )(run_on_node)

    def say(self, **line: Any) -> None:
        """Write a line to the server."""
        content = json.dumps(line).encode() + b"\n"
        while content:
            content = content[os.write(self._out, content) :]

    def beat(self) -> None:
        """Say that this process lives, once a second."""
        if time.monotonic() >= self._beat_at:
            self.say(beat=True)
            self._beat_at = time.monotonic() + BEAT_SECONDS

    def serve(self, commands: "queue.SimpleQueue[Line]") -> None:
        """Work until the process ends."""
        while True:
            self.beat()
            # Without a stream to wait for, wait for a command.
            wait_seconds = 0.0 if self._attempts else POLL_SECONDS
            with contextlib.suppress(queue.Empty):
                self._obey(commands.get(timeout=wait_seconds))
            self._listen()

    def _obey(self, command: Line) -> None:
        if "start" in command:
            name, folder = command["start"], Path(command["folder"])
            try:
                stream = self._submit(folder, command)
            except (RayError, OSError) as error:
                self.say(job=name, kind="lost", why=f"it could not be sent: {error}")
                return
            self._attempts[name] = Attempt(name, folder, stream, time.monotonic())
        elif command["cancel"] in self._attempts:
            self._cancel(self._attempts[command["cancel"]])

    def _submit(self, folder: Path, command: Line) -> Any:
        spec = json.loads((folder / "job.json").read_bytes())
        inputs = {}
        for i, (_, reference) in enumerate(sorted(spec["inputs"].items())):
            if reference not in self._parcels:
                path = (folder / "inputs" / str(i)).resolve()
                self._parcels[reference] = pack(path, self._send).files
            inputs[reference] = self._parcels[reference]
        digests = {digest for files in inputs.values() for digest in files.values()}
        request = {name: command[name] for name in ("seconds", "memory_bytes", "recipes")}
        request |= {"spec": spec, "inputs": inputs}
        refs = {digest: self._refs[digest] for digest in digests}
        return self._task.remote(json.dumps(request).encode(), refs)

    def _send(self, digest: str, content: Iterable[bytes]) -> None:
        # Once a digest: the store spills to disk what does not fit.
        if digest not in self._refs:
            refs = []
            for piece in content:
                refs.append(ray.put(piece))
                self.beat()
            self._refs[digest] = refs

    def _cancel(self, attempt: Attempt) -> None:
        if attempt.cancel_at is None:
            attempt.cancel_at = time.monotonic() + _CANCEL_SECONDS
            self._interrupt(attempt, force=False)

    @staticmethod
    def _interrupt(attempt: Attempt, *, force: bool) -> None:
        with contextlib.suppress(RayError, ValueError):  # it ended meanwhile
            ray.cancel(attempt.stream, force=force)

    def _listen(self) -> None:
        """Read at most one message of every job, and give up the silent ones."""
        if not self._attempts:
            return
        streams = [attempt.stream for attempt in self._attempts.values()]
        ready, _ = ray.wait(
            streams, num_returns=len(streams), timeout=POLL_SECONDS, fetch_local=False
        )
        for attempt in list(self._attempts.values()):
            if attempt.stream in ready:
                self._read(attempt)
            else:
                self._check(attempt)
            if attempt.ended:
                del self._attempts[attempt.name]

    def _read(self, attempt: Attempt) -> None:
        attempt.heard = self._heard = time.monotonic()
        try:
            header, body = decode(ray.get(next(attempt.stream), timeout=_GET_SECONDS))
            self._pass_on(attempt, header, body)
        except StopIteration:
            self._end(attempt, "lost", why="its node left without a result")
        except TaskCancelledError:
            self._end(attempt, "lost", why="it was cancelled")
        except WorkbenchError as error:
            self._fail(attempt, error)
        except RayTaskError as error:
            last = str(error).strip().splitlines()[-1]
            self._fail(attempt, JobError(f"the node could not run the job: {last}"))
        except (RayError, OSError) as error:
            last = str(error).strip().splitlines()[0]
            self._end(attempt, "lost", why=f"{type(error).__name__}: {last}")

    def _pass_on(self, attempt: Attempt, header: Line, body: bytes) -> None:
        kind = header["kind"]
        write_message(attempt.folder, header, body)
        if kind == "started":
            attempt.node = str(header.get("node"))
        elif kind == "events":
            self.say(job=attempt.name, kind=kind, events=header["events"])
        elif kind in ("problem", "result", "lost"):
            self._end(attempt, kind, seconds=header.get("seconds"), why=header.get("why"))

    def _fail(self, attempt: Attempt, error: WorkbenchError) -> None:
        problem = {"kind": "problem", "problem": error.to_problem()}
        write_message(attempt.folder, problem, b"")
        self._interrupt(attempt, force=True)
        self._end(attempt, "problem")

    def _end(self, attempt: Attempt, kind: str, **facts: Any) -> None:
        attempt.ended = True
        self.say(job=attempt.name, kind=kind, node=attempt.node, **facts)

    def _check(self, attempt: Attempt) -> None:
        now = time.monotonic()
        if attempt.cancel_at is not None and now >= attempt.cancel_at:
            self._give_up(attempt, "it was cancelled")
        elif attempt.node is not None:
            if now - attempt.heard > self._cluster.silence_seconds:
                self._give_up(attempt, f"its node said nothing for {now - attempt.heard:.0f} s")
        elif now - max(attempt.heard, self._heard) > self._cluster.queue_seconds:
            error = WorkerLostError(
                f"no node took the job within {self._cluster.queue_seconds:g} s",
                wanted="a node with a free CPU",
                next_step="look at the cluster with `ray status`",
            )
            self._fail(attempt, error)

    def _give_up(self, attempt: Attempt, why: str) -> None:
        self._interrupt(attempt, force=True)
        self._end(attempt, "lost", why=why)


def main() -> None:
    """Connect, then serve until the server closes our standard input."""
    address, *seconds = sys.argv[1:]
    silence_seconds, queue_seconds = map(float, seconds)
    cluster = Cluster.at(address, silence_seconds=silence_seconds, queue_seconds=queue_seconds)
    # What Ray or a library prints must not get between our lines.
    out = os.dup(1)
    os.dup2(2, 1)
    driver = Driver(out, cluster)
    try:
        ray.init(
            address=cluster.address,
            _node_ip_address=cluster.host if cluster.is_loopback else None,
            log_to_driver=False,
            logging_level="ERROR",
        )
    except (RayError, OSError, RuntimeError, ValueError) as error:
        why = str(error).strip().splitlines() or [type(error).__name__]
        driver.say(refused=why[0])
        sys.exit(1)
    driver.say(ready=True, n_cpus=int(ray.cluster_resources().get("CPU", 0)))
    commands: queue.SimpleQueue[Line] = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    driver.serve(commands)


def _read_commands(commands: "queue.SimpleQueue[Line]") -> None:
    for line in sys.stdin.buffer:
        commands.put(json.loads(line))
    # The server is gone or wants us gone; Ray ends the tasks of a driver that left.
    os._exit(0)


if __name__ == "__main__":
    main()
