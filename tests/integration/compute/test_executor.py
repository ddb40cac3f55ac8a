"""Jobs in real worker processes: results, events, errors, and what workers share."""

import errno
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.compute.executor import LocalExecutor
from workbench.core.errors import (
    DiskFullError,
    ExecutorClosedError,
    InvalidInputError,
    JobError,
    MemoryLimitError,
    NotFoundError,
    TooLargeError,
)
from workbench.core.jobs import Event, JobSpec

MakeExecutor = Callable[..., LocalExecutor]


def test_a_job_returns_its_result_its_files_and_its_events_in_order(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    spec = JobSpec("echo", {"rows:../../x:0": "one", "test": "two"}, {"rate": 0.5}, seed=2**62)
    events: list[Event] = []

    with make_executor().run(spec, on_event=events.append) as outcome:
        assert outcome.result == {"parameters": {"rate": 0.5}, "seed": str(2**62)}
        assert [path.read_text() for path in outcome.output.values()] == ["1", "2"]
        assert list(outcome.output) == ["copy-1.txt", "copy-2.txt"]
        assert outcome.seconds > 0

    assert [(event["done"], event["label"]) for event in events] == [
        (1, "rows:../../x:0"),
        (2, "test"),
    ]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_every_event_arrives_once_in_order_and_before_the_end(make_executor: MakeExecutor) -> None:
    events: list[Event] = []

    make_executor().run(JobSpec("count", parameters={"n_events": 5000}), on_event=events.append)

    assert [event["number"] for event in events] == list(range(5000))


def test_an_event_arrives_while_the_job_still_runs(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    arrived: list[float] = []

    def on_event(_: Event) -> None:
        arrived.append(time.monotonic())
        gate.touch()

    spec = JobSpec("wait", parameters={"gate": str(gate)})
    make_executor().run(spec, on_event=on_event)

    # The recipe looks for the gate every 10 ms; the event had to come first.
    assert len(arrived) == 1


def test_a_worker_stays_warm_and_keeps_what_the_recipe_cached(make_executor: MakeExecutor) -> None:
    executor = make_executor()

    first, second = (executor.run(JobSpec("where")).result for _ in range(2))

    assert first["pid"] == second["pid"]
    assert [first["n_jobs"], second["n_jobs"]] == [1, 2]


def test_no_worker_starts_before_there_is_a_job(make_executor: MakeExecutor) -> None:
    before = psutil.Process().children()
    make_executor()

    assert psutil.Process().children() == before


def test_a_worker_starts_with_its_environment_and_before_numpy(make_executor: MakeExecutor) -> None:
    result = make_executor(environment={"EXTRA": "7"}).run(JobSpec("where")).result

    assert result["environment"]["OMP_NUM_THREADS"] == "1"
    assert result["environment"]["HF_HUB_OFFLINE"] == "1"
    assert result["environment"]["EXTRA"] == "7"
    assert not result["numpy_was_imported"]


def test_a_worker_inherits_no_open_file_of_the_server(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    with (tmp_path / "workbench.duckdb").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        result = make_executor().run(JobSpec("where")).result

    assert str(tmp_path / "workbench.duckdb") not in result["open_files"]


def test_more_jobs_than_workers_wait_for_their_turn(make_executor: MakeExecutor) -> None:
    executor = make_executor(n_workers=2)
    specs = [JobSpec("echo", parameters={"number": i}) for i in range(12)]

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(executor.run, specs))

    assert [outcome.result["parameters"]["number"] for outcome in outcomes] == list(range(12))


def test_an_error_of_ours_arrives_with_its_class_its_facts_and_the_log(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    spec = JobSpec("refuse")

    with pytest.raises(NotFoundError) as raised:
        make_executor().run(spec)

    error = raised.value
    assert [error.found, error.wanted, error.next_step] == ["no such row", "a row", "look again"]
    assert error.facts["row"] == 7
    assert error.facts["job"] == spec.id
    assert error.facts["log"] == ["looking"]
    assert list((tmp_path / "jobs").iterdir()) == []


def test_any_other_error_becomes_a_job_error_with_the_end_of_the_log(
    make_executor: MakeExecutor,
) -> None:
    with pytest.raises(JobError, match="ValueError: seven is no colour") as raised:
        make_executor().run(JobSpec("fail"))

    log = raised.value.facts["log"]
    assert len(log) == 20
    assert log[-1] == "ValueError: seven is no colour"
    assert "from a C library" in log


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ("exit", JobError),
        ("memory", MemoryLimitError),
        ("torch memory", MemoryLimitError),
        ("gpu memory", MemoryLimitError),
        ("rust full", DiskFullError),
        ("rust long", TooLargeError),
        ("full", DiskFullError),
        ("long", TooLargeError),
    ],
)
def test_a_known_cause_gets_its_own_error(
    make_executor: MakeExecutor, cause: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        make_executor().run(JobSpec("raise_named", parameters={"error": cause}))
    if error is MemoryLimitError:
        assert "lower max_tokens or batch_rows" in caught.value.next_step


@pytest.mark.parametrize("what", ["list", "nan", "path", "long"])
def test_a_result_that_is_no_small_json_object_is_refused(
    make_executor: MakeExecutor, what: str
) -> None:
    with pytest.raises(JobError, match="the result of the recipe 'return_named'"):
        make_executor().run(JobSpec("return_named", parameters={"what": what}))


@pytest.mark.parametrize("what", ["list", "untyped", "nan", "long"])
def test_an_event_that_is_no_small_json_object_is_refused(
    make_executor: MakeExecutor, what: str
) -> None:
    with pytest.raises(JobError, match="event"):
        make_executor().run(JobSpec("emit_named", parameters={"what": what}))


@pytest.mark.parametrize("what", ["link", "folder-link", "second-name", "pipe"])
def test_output_that_is_no_plain_file_is_refused_and_its_target_kept(
    make_executor: MakeExecutor, tmp_path: Path, what: str
) -> None:
    (tmp_path / "secret").mkdir()
    target = tmp_path / "secret" / "key"
    target.write_text("secret")

    with pytest.raises(JobError, match="'folder/odd' is no plain file"):
        make_executor().run(JobSpec("leave", parameters={"what": what, "target": str(target)}))

    assert target.read_text() == "secret"


def test_a_link_in_place_of_the_result_is_refused(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    target = tmp_path / "secret.json"
    target.write_text('{"secret": 1}')

    with pytest.raises(JobError, match=r"result\.json is no plain file"):
        make_executor().run(JobSpec("fake_outcome", parameters={"target": str(target)}))


def test_output_in_folders_is_named_by_its_path(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    spec = JobSpec("leave", parameters={"what": "", "target": str(tmp_path)})

    with make_executor().run(spec) as outcome:
        assert outcome.output["folder/plain.txt"].read_text() == "plain"


def test_an_unknown_recipe_is_refused_before_anything_starts(make_executor: MakeExecutor) -> None:
    with pytest.raises(InvalidInputError, match="no recipe 'os:system'"):
        make_executor().run(JobSpec("os:system"))


def test_a_failing_listener_ends_the_job_and_frees_the_worker(make_executor: MakeExecutor) -> None:
    executor = make_executor(n_workers=1)

    def on_event(_: Event) -> None:
        raise KeyError("listener")

    with pytest.raises(KeyError, match="listener"):
        executor.run(JobSpec("loop"), on_event=on_event)

    assert executor.run(JobSpec("echo")).result["seed"] == "0"


def test_a_new_executor_deletes_what_a_killed_one_left(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    left = tmp_path / "jobs" / "job-abc"
    left.mkdir(parents=True)
    (left / "job.json").write_text("{}")

    make_executor()

    assert not left.exists()


def test_a_closed_executor_refuses_jobs(make_executor: MakeExecutor) -> None:
    executor = make_executor()
    executor.close()
    executor.close()

    with pytest.raises(ExecutorClosedError):
        executor.run(JobSpec("echo"))


def test_closing_ends_running_and_waiting_jobs_and_their_workers(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = make_executor(n_workers=1)
    pids: list[int] = []
    spec = JobSpec("wait", parameters={"gate": str(tmp_path / "never")})

    def run(_: Any) -> str:
        with pytest.raises(ExecutorClosedError) as raised:
            executor.run(spec, on_event=lambda event: pids.append(event["pid"]))
        return raised.value.code()

    with ThreadPoolExecutor(2) as threads:
        codes = threads.map(run, range(2))
        wait_for(lambda: bool(pids))
        executor.close()
        assert list(codes) == ["executor-closed"] * 2

    assert not psutil.pid_exists(pids[0])


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_the_folder_of_a_full_disk_is_a_clear_error(
    make_executor: MakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = make_executor()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("workbench.compute.attempt.create_folder", full)

    with pytest.raises(DiskFullError, match="no space is left"):
        executor.run(JobSpec("echo"))


def test_names_of_inputs_never_become_paths(make_executor: MakeExecutor, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    name = "/etc/passwd\n../../*"

    with make_executor().run(JobSpec("echo", {name: "one"})) as outcome:
        names = sorted(path.name for path in Path(outcome.folder, "inputs").iterdir())

    assert names == ["0"]
