"""What ends a job, and what that leaves: killed workers, limits, cancellation, a dead server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from workbench.compute.executor import LocalExecutor
from workbench.core.errors import (
    JobCancelledError,
    MemoryLimitError,
    TimeLimitError,
    WorkerLostError,
)
from workbench.core.jobs import Event, JobSpec

MakeExecutor = Callable[..., LocalExecutor]


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_a_killed_worker_costs_its_own_job_a_second_attempt_and_the_other_job_nothing(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = make_executor(n_workers=2)
    gates = [tmp_path / "gate-0", tmp_path / "gate-1"]
    events: list[list[Event]] = [[], []]

    def run(i: int) -> int:
        spec = JobSpec("wait", parameters={"gate": str(gates[i])})
        return int(executor.run(spec, on_event=events[i].append).result["pid"])

    with ThreadPoolExecutor(2) as threads:
        pids = threads.map(run, range(2))
        wait_for(lambda: all(events))
        started = [events[i][0]["pid"] for i in range(2)]
        os.kill(started[0], signal.SIGKILL)
        wait_for(lambda: len(events[0]) == 3)
        for gate in gates:
            gate.touch()
        ended = list(pids)

    assert ended[0] != started[0]
    assert ended[1] == started[1]
    assert [event["type"] for event in events[0]] == ["started", "note", "started"]
    assert "killed by SIGKILL" in events[0][1]["message"]
    assert [event["type"] for event in events[1]] == ["started"]


def test_a_worker_lost_once_gives_the_same_result_as_one_that_lives(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    events: list[Event] = []
    spec = JobSpec("die_once", parameters={"marker": str(tmp_path / "marker")})

    make_executor().run(spec, on_event=events.append)

    assert [event.get("number") for event in events] == [0, None, 0, 1]


def test_a_worker_lost_twice_is_an_error_with_the_end_of_its_log(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    count = tmp_path / "count"

    with pytest.raises(WorkerLostError, match="exit status 3") as raised:
        make_executor().run(JobSpec("die", parameters={"count": str(count)}))

    assert count.read_text() == "xx"
    assert raised.value.facts["log"] == ["the last words"]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_worker_that_died_between_jobs_is_replaced_unnoticed(make_executor: MakeExecutor) -> None:
    executor = make_executor(n_workers=1)
    events: list[Event] = []
    first = executor.run(JobSpec("where")).result["pid"]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: executor._workers[0].exit_code is not None)

    second = executor.run(JobSpec("where"), on_event=events.append).result["pid"]

    assert second != first
    assert events == []


@pytest.mark.parametrize("in_child", [False, True])
def test_a_job_that_outgrows_its_memory_is_ended_with_its_children(
    make_executor: MakeExecutor, in_child: bool
) -> None:
    executor = make_executor(n_workers=1, memory_bytes=300 * 2**20)
    pids: list[int] = []

    with pytest.raises(MemoryLimitError, match="at most 300 MiB") as raised:
        executor.run(
            JobSpec("hog", parameters={"in_child": in_child}),
            on_event=lambda event: pids.append(event["pid"]),
        )

    assert raised.value.facts["used_bytes"] > raised.value.facts["limit_bytes"]
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert executor.run(JobSpec("echo")).result["seed"] == "0"


def test_memory_that_a_job_left_behind_does_not_count_against_the_next(
    make_executor: MakeExecutor,
) -> None:
    executor = make_executor(n_workers=1, memory_bytes=200 * 2**20)

    first = executor.run(JobSpec("keep_memory")).result["pid"]
    second = executor.run(JobSpec("keep_memory")).result["pid"]

    assert first != second


def test_an_endless_job_is_ended_at_its_time_limit(make_executor: MakeExecutor) -> None:
    executor = make_executor(n_workers=1)
    pids: list[int] = []

    with pytest.raises(TimeLimitError, match="longer than 1 s"):
        executor.run(JobSpec("loop"), seconds=1.0, on_event=lambda event: pids.append(event["pid"]))

    assert not is_alive(pids[0])
    assert executor.run(JobSpec("echo")).result["seed"] == "0"


def test_a_cancelled_job_stops_by_itself_and_its_worker_stays(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = make_executor(n_workers=1)
    pids: list[int] = []
    spec = JobSpec("wait", parameters={"gate": str(tmp_path / "never")})

    with pytest.raises(JobCancelledError):
        executor.run(
            spec,
            on_event=lambda event: pids.append(event["pid"]),
            cancelled=lambda: bool(pids),
        )

    assert executor.run(JobSpec("where")).result["pid"] == pids[0]
    assert list((tmp_path / "jobs").glob("*/cancel")) == []


def test_a_cancelled_job_that_does_not_stop_is_ended(
    make_executor: MakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.compute.limits.GRACE_SECONDS", 0.3)
    executor = make_executor(n_workers=1)
    pids: list[int] = []

    with pytest.raises(JobCancelledError):
        executor.run(
            JobSpec("loop"),
            on_event=lambda event: pids.append(event["pid"]),
            cancelled=lambda: bool(pids),
        )

    assert not is_alive(pids[0])
    assert executor.run(JobSpec("echo")).result["seed"] == "0"


def test_a_job_cancelled_while_it_waits_for_a_worker_never_starts(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = make_executor(n_workers=1)
    gate = tmp_path / "gate"
    started: list[Event] = []

    with ThreadPoolExecutor(1) as threads:
        spec = JobSpec("wait", parameters={"gate": str(gate)})
        first = threads.submit(executor.run, spec, on_event=started.append)
        wait_for(lambda: bool(started))
        with pytest.raises(JobCancelledError):
            executor.run(JobSpec("echo"), cancelled=lambda: True)
        gate.touch()
        first.result()


def test_no_worker_outlives_a_killed_server(recipes: dict[str, str], tmp_path: Path) -> None:
    program = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from workbench.compute.executor import LocalExecutor
from workbench.core.jobs import JobSpec

folder = Path(sys.argv[1])
executor = LocalExecutor(
    folder / "jobs", resolve=Path, cache_dir=folder / "cache", recipes=json.loads(sys.argv[2])
)
def run(recipe):
    executor.run(JobSpec(recipe, parameters={"gate": "/never"}),
                 on_event=lambda event: print(event["pid"], flush=True))
with ThreadPoolExecutor(2) as threads:
    list(threads.map(run, ["wait", "loop"]))
"""
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), json.dumps(recipes)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert server.stdout is not None
    with server.stdout:
        workers = [int(server.stdout.readline()) for _ in range(2)]
        children = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        server.wait()

    assert {child.pid for child in children} >= set(workers)
    wait_for(lambda: not any(is_alive(child.pid) for child in children))


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
