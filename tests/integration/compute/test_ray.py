"""Jobs on a Ray cluster of two nodes: the answers of this machine's own workers, lost nodes."""

import hashlib
import ipaddress
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from tests.integration.compute.conftest import RayCluster
from tests.integration.workflows.conftest import Lab, make_rows
from workbench.compute.executor import LocalExecutor
from workbench.compute.fingerprint import fingerprint
from workbench.compute.interface import Executor
from workbench.compute.ray_cluster import Cluster
from workbench.compute.ray_executor import RayExecutor
from workbench.compute.ray_parcel import PIECE_BYTES
from workbench.core.errors import (
    ExecutorClosedError,
    InvalidInputError,
    JobCancelledError,
    MemoryLimitError,
    WorkbenchError,
)
from workbench.core.jobs import Event, JobSpec
from workbench.core.settings import Settings
from workbench.core.wire import ValueRequest
from workbench.workflows import value
from workbench.workflows.home import Home

# A cluster takes half a minute to start, more on a busy machine.
pytestmark = pytest.mark.timeout(280)

DRIVER = "workbench.compute.ray_driver"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs by name, and what an executor needs."""
    return tmp_path_factory.mktemp("here")


@pytest.fixture(scope="module")
def make(
    cluster: RayCluster, folder: Path, recipes: dict[str, str]
) -> Iterator[Callable[..., RayExecutor]]:
    made: list[RayExecutor] = []

    def make(address: str = cluster.address, **settings: Any) -> RayExecutor:
        executor = RayExecutor(
            folder / "jobs",
            Cluster.at(address, **{"token_path": cluster.token_path} | settings),
            resolve=lambda reference: folder / reference,
            cache_dir=folder / "cache",
            memory_bytes=380 * 2**20,
            seconds=60.0,
            recipes=recipes,
        )
        made.append(executor)
        return executor

    yield make
    for executor in made:
        executor.close()
    # No job left anything, whether it was done, failed, cancelled or lost.
    assert list((folder / "jobs").iterdir()) == []


@pytest.fixture(scope="module")
def executor(make: Callable[..., RayExecutor]) -> RayExecutor:
    return make()


def test_every_node_works_and_nothing_listens_beyond_this_machine(
    executor: RayExecutor, cluster: RayCluster, folder: Path
) -> None:
    assert executor.n_workers == 2
    gate, both_run = folder / "both run", threading.Barrier(2, lambda: gate.touch())

    # Neither job ends before the other has begun: one node alone could not have them both.
    def started(_: Event) -> None:
        both_run.wait(60)

    def run(n: int) -> int:
        spec = JobSpec("wait", parameters={"gate": str(gate), "n": n})
        with executor.run(spec, on_event=started) as outcome:
            return int(outcome.result["pid"])

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(run, range(2)))) == 2
    [driver] = [p for p in psutil.Process().children() if DRIVER in p.cmdline()]
    listening = {
        ipaddress.ip_address(connection.laddr.ip)
        for process in [driver, *cluster.processes()]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {ipaddress.ip_address(ip) for ip in ("127.0.0.1", "::ffff:127.0.0.1")}


def test_inputs_and_outputs_travel_whole_and_a_node_keeps_what_it_has_seen(
    executor: RayExecutor, folder: Path, cluster: RayCluster
) -> None:
    content = np.random.default_rng(0).bytes(PIECE_BYTES + 1)
    (folder / "long").write_bytes(content)
    (folder / "empty").write_bytes(b"")
    kept = cluster.cache / "ray" / "files" / hashlib.sha256(content).hexdigest()
    written = set()

    for n in range(2):
        events: list[Event] = []
        spec = JobSpec("echo", {"a": "long", "b": "empty"}, {"n": n}, seed=2**62)
        with executor.run(spec, on_event=events.append) as outcome:
            assert outcome.result == {"parameters": {"n": n}, "seed": str(2**62)}
            assert {name: path.read_bytes() for name, path in outcome.output.items()} == {
                "copy-1.txt": content,
                "copy-2.txt": b"",
            }
            assert outcome.seconds > 0
        assert [event["label"] for event in events] == ["a", "b"]
        written.add(kept.stat().st_mtime_ns)

    assert len(written) == 1


def test_events_arrive_once_in_order_and_while_the_job_runs(
    executor: RayExecutor, folder: Path
) -> None:
    events: list[Event] = []
    executor.run(JobSpec("count", parameters={"n_events": 5000}), on_event=events.append).discard()
    assert [event["number"] for event in events] == list(range(5000))

    gate = folder / "gate-events"
    spec = JobSpec("wait", parameters={"gate": str(gate)})
    # It ends only because the event came first.
    executor.run(spec, on_event=lambda _: gate.touch()).discard()


def test_errors_are_those_of_this_machines_workers(
    executor: RayExecutor, make_executor: Callable[..., LocalExecutor]
) -> None:
    local = make_executor()
    specs = [
        JobSpec("refuse"),
        JobSpec("fail"),
        JobSpec("raise_named", parameters={"error": "memory"}),
        JobSpec("loop"),
        JobSpec("no-such-recipe"),
    ]

    for spec in specs:
        found: list[WorkbenchError] = []
        for run in (local.run, executor.run):
            with pytest.raises(WorkbenchError) as raised:
                run(spec, seconds=1.0)
            found.append(raised.value)
        ours, theirs = found
        assert type(theirs) is type(ours)
        assert (theirs.found, theirs.wanted, theirs.next_step) == (
            ours.found,
            ours.wanted,
            ours.next_step,
        )
        assert theirs.facts.get("job") == ours.facts.get("job")
        assert len(theirs.facts.get("log", [])) == len(ours.facts.get("log", []))


def test_a_job_that_takes_too_much_memory_costs_no_other(executor: RayExecutor) -> None:
    with pytest.raises(MemoryLimitError, match="MiB of memory"):
        executor.run(JobSpec("hog", parameters={"in_child": False}))

    with executor.run(JobSpec("count", parameters={"n_events": 1})) as outcome:
        assert outcome.result == {}


def test_a_node_with_other_packages_is_refused(executor: RayExecutor) -> None:
    with pytest.raises(InvalidInputError, match="has numpy") as raised:
        executor.run(JobSpec("count", environment=fingerprint() | {"numpy": "0.1"}))

    assert raised.value.facts["differing"] == ["numpy"]


def test_a_cancelled_job_stops_and_frees_its_place(executor: RayExecutor, folder: Path) -> None:
    started: list[Event] = []
    spec = JobSpec("wait", parameters={"gate": str(folder / "never")})

    with pytest.raises(JobCancelledError):
        executor.run(spec, on_event=started.append, cancelled=lambda: bool(started))

    # One job that waits for ever would leave one CPU of the two.
    gate = folder / "gate-cancelled"
    both: list[Event] = []

    def on_event(event: Event) -> None:
        both.append(event)
        if len(both) == 2:
            gate.touch()

    waiting = [JobSpec("wait", parameters={"gate": str(gate), "n": n}) for n in range(2)]
    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(executor.run, s, on_event=on_event) for s in waiting]:
            future.result(timeout=60).discard()


def test_a_silent_node_is_given_up_and_its_job_runs_elsewhere(
    make: Callable[..., RayExecutor], folder: Path
) -> None:
    # Long enough for a busy machine that starts processes, short enough to wait for.
    executor = make(silence_seconds=10.0)
    events: list[Event] = []
    gate = folder / "gate-silence"
    stopped: list[psutil.Process] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if event["type"] == "note":
            gate.touch()
        elif not stopped:
            stopped.append(psutil.Process(psutil.Process(event["pid"]).ppid()))
            stopped[0].suspend()

    try:
        spec = JobSpec("wait", parameters={"gate": str(gate)})
        executor.run(spec, on_event=on_event).discard()
    finally:
        stopped[0].kill()

    assert [event["type"] for event in events] == ["started", "note", "started"]
    assert "said nothing" in events[1]["message"]


def test_a_bad_address_and_a_wrong_token_are_refused_in_time(
    make: Callable[..., RayExecutor], folder: Path
) -> None:
    (folder / "token").write_text("0" * 64)
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        socket.create_server(("127.0.0.1", 0)) as gone,
        ThreadPoolExecutor(3) as threads,
    ):
        addresses = [f"127.0.0.1:{server.getsockname()[1]}" for server in (deaf, gone)]
        gone.close()
        executors = [make(address, connect_seconds=6.0) for address in addresses]
        executors.append(make(token_path=folder / "token", connect_seconds=6.0))
        started = time.monotonic()
        refusals = [threads.submit(executor.run, JobSpec("count")) for executor in executors]
        causes = ("did not answer", "refused", "it has another token")
        for refusal, cause in zip(refusals, causes, strict=True):
            with pytest.raises(InvalidInputError, match=f"no Ray cluster .*{cause}") as raised:
                refusal.result(timeout=60)
            assert "ray start --head" in raised.value.next_step

    assert time.monotonic() - started < 30


def test_a_lost_connection_is_made_again(executor: RayExecutor, folder: Path) -> None:
    events: list[Event] = []
    gate = folder / "gate-connection"

    def on_event(event: Event) -> None:
        events.append(event)
        if event["type"] == "note":
            gate.touch()
        elif len(events) == 1:
            for process in psutil.Process().children():
                if DRIVER in process.cmdline():
                    process.kill()

    executor.run(JobSpec("wait", parameters={"gate": str(gate)}), on_event=on_event).discard()

    assert [event["type"] for event in events] == ["started", "note", "started"]


def patients(seed: int, n_rows: int) -> bytes:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, size=n_rows)
    features = rng.normal(size=(n_rows, 40)) + labels[:, None]
    rows = [
        {"features": list(map(float, row)), "label": f"class {label}"}
        for row, label in zip(features, labels, strict=True)
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture(scope="module")
def study(folder: Path) -> list[JobSpec]:
    """All coalitions of four owners in four jobs, each of them some seconds long."""
    inputs = {}
    for i, name in enumerate(["test", "rows:0", "rows:1", "rows:2", "rows:3"]):
        content = patients(i, 200 if i else 80)
        inputs[name] = hashlib.sha256(content).hexdigest()
        (folder / inputs[name]).write_bytes(content)
    players = [{"position": i, "owner": f"o{i}", "rows": [f"rows:{i}"]} for i in range(4)]
    return [
        JobSpec(
            "tabular-utility",
            inputs,
            {
                "classes": ["class 0", "class 1", "class 2"],
                "inverse_regularisation": 1e4,
                "iterations": 5_000,
                "players": players,
                "coalitions": [str(mask) for mask in range(first, 16, 4)],
            },
            seed=7,
            environment=fingerprint(),
        )
        for first in range(4)
    ]


def test_a_failed_job_names_its_coalition(executor: RayExecutor, study: list[JobSpec]) -> None:
    parameters = study[1].parameters | {"coalitions": ["1", "16"]}

    with pytest.raises(InvalidInputError, match="coalition 16") as raised:
        executor.run(JobSpec("tabular-utility", study[1].inputs, parameters))

    assert raised.value.facts["coalitions"] == ["16"]


def test_a_study_on_the_cluster_is_that_of_this_machine(
    cluster: RayCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(cluster.token_path))

    def valued(name: str, **request: Any) -> Any:
        settings = Settings(
            home=tmp_path / name, cache_dir=tmp_path / f"{name}-cache",
            keys_dir=tmp_path / "keys", tracking_uri="http://127.0.0.1:9", n_workers=1,
        )  # fmt: skip
        home = Home.open(settings)
        try:
            lab = Lab(home)
            lab.open_task()
            lab.contribute_all()
            lab.contribute("zoe", make_rows(9, 77))
            job = value.start(home, "clouds", ValueRequest(budget=20, **request))
            study = value.get_study(home, lab.wait(job)["study"])
            table = home.database.select(
                "select coalition, utility, seed from evaluation order by coalition", []
            )
            return study.values, table.to_pylist()
        finally:
            home.close()

    assert valued("ray", executor="ray", address=cluster.address) == valued("local")


def table(
    executor: Executor, study: list[JobSpec], on_event: Callable[[Event], None]
) -> tuple[bytes, list[bytes]]:
    """Run a study two jobs at a time; return what its events and its results say."""
    told: dict[str, Any] = {}

    def keep(event: Event) -> None:
        if event["type"] == "utility":
            told[event["coalition"]] = {k: v for k, v in event.items() if k != "seconds"}
        on_event(event)

    def run(spec: JobSpec) -> bytes:
        with executor.run(spec, on_event=keep) as outcome:
            return json.dumps(outcome.result).encode()

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(run, study))
    return json.dumps(told, sort_keys=True).encode(), results


def test_a_node_killed_in_the_middle_of_a_study_changes_no_utility(
    executor: RayExecutor,
    make_executor: Callable[..., LocalExecutor],
    study: list[JobSpec],
    cluster: RayCluster,
) -> None:
    here = table(make_executor(n_workers=1, resolve=executor._resolve), study, lambda _: None)
    events: list[Event] = []
    raylet = psutil.Process(cluster.raylet)
    killed = threading.Event()

    def on_event(event: Event) -> None:
        events.append(event)
        if killed.is_set():
            return
        # Ray starts a node's workers when it needs them, so that they are looked up each time.
        node = [raylet, *raylet.children(recursive=True)]
        if any(process.name() == "ray::run_on_node" for process in node):
            killed.set()
            for process in node:
                process.send_signal(signal.SIGKILL)

    there = table(executor, study, on_event)

    assert killed.is_set()
    assert [event["type"] for event in events if event["type"] != "utility"] == ["note"]
    assert len(json.loads(there[0])) == 16
    assert there == here


def test_closing_ends_the_jobs_that_run_and_takes_no_more(
    executor: RayExecutor, folder: Path
) -> None:
    started = threading.Event()
    spec = JobSpec("wait", parameters={"gate": str(folder / "never")})

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(executor.run, spec, on_event=lambda _: started.set())
        assert started.wait(60)
        executor.close()
        with pytest.raises(ExecutorClosedError):
            running.result(timeout=30)

    with pytest.raises(ExecutorClosedError):
        executor.run(spec)
