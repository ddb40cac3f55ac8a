"""What runs on a node of a Ray cluster: one job, in a worker process of ours.

Ray's own worker process only looks after it: ``LocalExecutor`` runs the job with the limits,
the errors and the cancellation it has everywhere. So a recipe cannot tell where it runs, and
one that takes too much memory costs its own process, not the node's.
"""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import ray
from ray.exceptions import RayError

from workbench.compute.executor import LocalExecutor
from workbench.compute.fingerprint import fingerprint
from workbench.compute.ray_folder import own_folder
from workbench.compute.ray_message import encode, encode_outcome, encode_problem
from workbench.compute.ray_parcel import NodeStore, Parcel
from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.jobs import Event, JobSpec
from workbench.core.settings import Settings

CHUNK_SECONDS: Final = 0.1
"""Events of this long go into one message: a message costs about 6 ms."""

BEAT_SECONDS: Final = 2.0
"""The longest silence of a node that lives."""

_FETCH_SECONDS: Final = 60.0

# One job at a time in a process of Ray's, and the next one finds its worker warm.
_executors: dict[str, LocalExecutor] = {}
_paths: dict[str, Path] = {}


def run_on_node(request: bytes, refs: Mapping[str, list[Any]]) -> Iterator[bytes]:
    """Run a job and yield the messages of ``ray_message``.

    Parameters
    ----------
    request : JSON object with ``spec``, ``inputs`` (reference → files of its parcel),
        ``seconds``, ``memory_bytes`` and ``recipes``.
    refs : SHA-256 → pieces in the object store.
    """
    wanted = json.loads(request)
    spec = JobSpec.from_json(wanted["spec"])
    node = ray.get_runtime_context().get_node_id()
    yield encode({"kind": "started", "node": node})
    try:
        _check_environment(spec, node)
        executor = _executor(wanted)
        for reference, files in wanted["inputs"].items():
            # A model takes a while to arrive: each file is a sign of life.
            yield encode({"kind": "events", "events": []})
            _paths[reference] = _store().unpack(
                Parcel.from_json(files), lambda digest: _fetch(refs[digest])
            )
        yield from _run(executor, spec, wanted["seconds"])
    except WorkbenchError as error:
        yield encode_problem(error.with_facts(node=node))
    except RayError as error:
        yield encode({"kind": "lost", "why": f"its inputs did not arrive: {error}"})


def _run(executor: LocalExecutor, spec: JobSpec, seconds: float) -> Iterator[bytes]:
    events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    cancelled = threading.Event()
    # In a thread of its own, so that events leave while it runs.
    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(
            executor.run, spec, on_event=events.put, cancelled=cancelled.is_set, seconds=seconds
        )
        job.add_done_callback(lambda _: events.put(None))
        try:
            yield from _in_chunks(events)
        finally:
            # Also when Ray interrupts us, because the job was cancelled or the driver is gone.
            cancelled.set()
    with job.result() as outcome:
        yield from encode_outcome(outcome)


def _in_chunks(events: "queue.SimpleQueue[Event | None]") -> Iterator[bytes]:
    """Yield the events in messages, and an empty message when there is none for long."""
    chunk: list[Event] = []
    sent = time.monotonic()
    ended = False
    while not ended:
        with contextlib.suppress(queue.Empty):
            event = events.get(timeout=CHUNK_SECONDS)
            if event is None:
                ended = True
            else:
                chunk.append(event)
        age = time.monotonic() - sent
        if (chunk and (ended or age >= CHUNK_SECONDS)) or age >= BEAT_SECONDS:
            yield encode({"kind": "events", "events": chunk})
            chunk = []
            sent = time.monotonic()


def _check_environment(spec: JobSpec, node: str) -> None:
    """Refuse a job whose results would come out differently rounded here."""
    here = fingerprint()
    differing = sorted(
        name for name, value in spec.environment.items() if here.get(name, "") != value
    )
    if differing:
        name = differing[0]
        raise InvalidInputError(
            f"node {node[:8]} has {name} {here.get(name, 'absent')!r}",
            wanted=f"{spec.environment[name]!r}, as where the study was started: "
            "its utilities would not be comparable",
            next_step="install constraints.txt on every node, and use nodes of one CPU model",
            differing=differing,
        )


def _executor(wanted: dict[str, Any]) -> LocalExecutor:
    settings = {"memory_bytes": wanted["memory_bytes"], "recipes": wanted["recipes"]}
    key = json.dumps(settings, sort_keys=True)
    if key not in _executors:
        for other in list(_executors):
            _executors.pop(other).close()
        _executors[key] = LocalExecutor(
            own_folder(_folder() / "jobs"),
            resolve=_paths.__getitem__,
            cache_dir=Settings.from_environment().cache_dir,
            n_workers=1,
            **settings,
        )
    return _executors[key]


def _folder() -> Path:
    return Settings.from_environment().cache_dir / "ray"


def _store() -> NodeStore:
    return NodeStore(_folder())


def _fetch(refs: list[Any]) -> Iterable[bytes]:
    for ref in refs:
        yield ray.get(ref, timeout=_FETCH_SECONDS)
