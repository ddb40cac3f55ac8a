"""Jobs over HTTP: what goes wrong in one harms no other, and the queue is fair to people."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.integration.server import bad_recipes
from tests.integration.server.bad_recipes import misbehave
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import InProcessTransport
from workbench.compute import recipes
from workbench.core.errors import (
    DiskFullError,
    InvalidInputError,
    InvalidMoveError,
    JobCancelledError,
    MemoryLimitError,
    TooManyJobsError,
    WorkbenchError,
    WorkerLostError,
)
from workbench.core.settings import Settings
from workbench.core.wire import JobView, TrainRequest
from workbench.server.app import create_app
from workbench.workflows.home import Home

TOKEN = "a-token-of-this-test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
QUEUED = 3


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    root = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        # Workers inherit the module search path.
        patch.syspath_prepend(Path(bad_recipes.__file__).parent)
        patch.setitem(recipes.RECIPES, "tabular", "bad_recipes:tune")  # type: ignore[arg-type]
        home = Home.open(
            dataclasses.replace(
                Settings.from_environment(),
                home=root / "home",
                cache_dir=root / "cache",
                tracking_uri="http://127.0.0.1:9",
                n_workers=4,
                worker_memory_bytes=500 * 2**20,
                queued_per_person=QUEUED,
            )
        )
        yield create_app(home, TOKEN)
        home.close()


@pytest.fixture(scope="module")
def cache(app: FastAPI) -> Path:
    folder: Path = app.state.home.settings.cache_dir
    return folder


@pytest.fixture(scope="module")
def bench(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bench of ana, who has opened a task and contributed to it."""
    with TestClient(app, headers=HEADERS, raise_server_exceptions=False) as client:
        keys = tmp_path_factory.mktemp("keys")
        bench = Bench(InProcessTransport(client), keys, "ana", make_display=Silent)
        rows = [{"features": [float(i)], "label": "low" if i < 8 else "high"} for i in range(16)]
        task = bench.open_task(
            "points", title="Points", kind="tabular-classification", test=rows,
            licenses=["CC-BY-4.0"], classes=["low", "high"], n_features=1, sign=True,
            recipe={"tag": 0},
        )  # fmt: skip
        other = [{"features": [i + 0.5], "label": "low" if i < 8 else "high"} for i in range(16)]
        given = task.contribute(other, license="CC-BY-4.0", sign=True)
        assert given.state == "accepted"
        yield bench


_tags = iter(range(1, 1000))


def start(bench: Bench, priority: str = "normal") -> JobView:
    """Ask for a training that nobody asked for before."""
    request = TrainRequest(parameters={"tag": next(_tags)})
    return bench.api.post(JobView, "tasks", "points", "runs", body=request, priority=priority)


def is_well(bench: Bench) -> bool:
    """Whether the server answers and the next job is done."""
    assert bench.api.connection.request("GET", "/health").status_code == 200
    return bench.job(start(bench).id).wait().state == "done"


@pytest.mark.parametrize(
    ("how", "kind", "reason"),
    [
        ("exit", WorkerLostError, "exit status 7"),
        ("SIGKILL", WorkerLostError, "killed by SIGKILL"),
        ("SIGSEGV", WorkerLostError, "killed by SIGSEGV"),
        ("raise MemoryError", MemoryLimitError, "no room for the rows"),
        ("take all memory", MemoryLimitError, "at most 500 MiB"),
        ("fill the disk", DiskFullError, "No space left on device"),
    ],
)
def test_a_job_that_goes_wrong_is_one_failed_job_with_a_reason(
    bench: Bench, cache: Path, how: str, kind: type[WorkbenchError], reason: str
) -> None:
    misbehave(cache, how)
    view = start(bench)
    with pytest.raises(kind, match=reason) as caught:
        bench.job(view.id).wait()
    assert f"about to {how}" in caught.value.facts["log"]
    assert caught.value.next_step or how == "raise MemoryError"
    misbehave(cache, "")
    failed = bench.job(view.id)
    assert failed.state == "failed"
    assert reason in repr(failed)
    assert is_well(bench)


class TestQueue:
    """Jobs that wait until the test says so, of people who are told apart by a label."""

    @pytest.fixture(autouse=True)
    def gate(self, cache: Path, bench: Bench) -> Iterator[None]:
        """Have trainings wait, and let them all end after the test."""
        misbehave(cache, "wait")
        yield
        misbehave(cache, "")
        for view in bench.api.get_all(JobView, "jobs"):
            if view.state in {"queued", "running"}:
                bench.job(view.id).wait()

    @staticmethod
    def started(bench: Bench, job: JobView) -> JobView:
        """Return a job once it runs."""
        for event in bench.job(job.id).events():
            if event.get("message") == "waiting":
                break
        return bench.job(job.id).view

    def full(self, bench: Bench) -> list[JobView]:
        """Let a person take the places that one person may have."""
        return [self.started(bench, start(bench)) for _ in range(2)]

    def test_who_asked_and_how_urgently_is_shown_and_is_no_part_of_the_job(
        self, bench: Bench
    ) -> None:
        view = start(bench, "high")
        assert (view.requested_by, view.priority) == ("ana", "high")
        same = TrainRequest(parameters={"tag": next(_tags)})
        path = ("tasks", "points", "runs")
        first = bench.as_("ben").api.post(JobView, *path, body=same)
        again = bench.api.post(JobView, *path, body=same, priority="low")
        assert (again.id, again.requested_by, again.priority) == (first.id, "ben", "normal")
        frame = bench.jobs().set_index("id")
        assert list(frame.loc[view.id, ["requested_by", "priority"]]) == ["ana", "high"]
        assert "high" in repr(bench.job(view.id))

    def test_one_person_has_two_places_and_another_is_not_kept_waiting(self, bench: Bench) -> None:
        self.full(bench)
        waiting = start(bench, "high")
        self.started(bench, start(bench.as_("ben")))
        assert bench.job(waiting.id).state == "queued"

    def test_a_place_goes_to_the_higher_priority(self, bench: Bench) -> None:
        running = self.full(bench)
        low, normal, raised = start(bench, "low"), start(bench), start(bench, "low")
        assert bench.job(raised.id).change_priority("high").view.priority == "high"
        bench.job(running[0].id).cancel()
        self.started(bench, raised)
        bench.job(running[1].id).cancel()
        self.started(bench, normal)
        assert bench.job(low.id).state == "queued"

    def test_a_queued_job_is_cancelled_at_once(self, bench: Bench) -> None:
        self.full(bench)
        view = start(bench)
        assert bench.job(view.id).cancel().state == "cancelled"
        with pytest.raises(JobCancelledError):
            bench.job(view.id).wait()

    def test_more_than_a_person_may_queue_is_refused_by_name_of_the_limit(
        self, bench: Bench
    ) -> None:
        self.full(bench)
        for _ in range(QUEUED):
            start(bench)
        with pytest.raises(TooManyJobsError, match="3 jobs of ana wait") as caught:
            start(bench)
        assert caught.value.facts["limit"] == QUEUED
        assert "WORKBENCH_QUEUED_PER_PERSON" in caught.value.next_step
        assert start(bench.as_("ben")).requested_by == "ben"

    def test_a_running_job_has_no_priority_to_change(self, bench: Bench) -> None:
        view = self.started(bench, start(bench))
        with pytest.raises(InvalidMoveError, match="is running"):
            bench.job(view.id).change_priority("high")

    def test_a_training_without_steps_is_not_stopped_early(self, bench: Bench) -> None:
        view = self.started(bench, start(bench))
        with pytest.raises(InvalidMoveError, match="cancel it"):
            bench.job(view.id).stop()

    @pytest.mark.parametrize("name", ["a b", "%2e%2e%2f", "x" * 65])
    def test_a_name_that_is_no_identity_is_refused(self, bench: Bench, name: str) -> None:
        with pytest.raises(InvalidInputError):
            bench.api.connection.request(
                "POST",
                "/tasks/points/runs",
                json={"parameters": {"tag": next(_tags)}},
                headers={"X-Workbench-Identity": name},
            )

    def test_a_priority_that_there_is_not_is_refused(self, bench: Bench) -> None:
        with pytest.raises(InvalidInputError, match="Priority"):
            start(bench, "urgent")
