"""Watching a job: to its end, through an older end, and no longer than a person wants."""

from collections.abc import Iterator
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.connection import Api
from workbench.client.job import Job
from workbench.client.progress import Silent
from workbench.core.errors import JobCancelledError, NotFoundError, TrainingDivergedError
from workbench.core.wire import JobView

ID = "a" * 64
EVENTS = f"/jobs/{ID}/events"


@pytest.fixture
def job(server: Any, wire: Any) -> Job:
    return Job(Api(server, Silent), JobView(**wire.job()))


def _states(server: Any, wire: Any, *views: dict[str, Any]) -> None:
    answers = iter(views)
    last = views[-1]
    server.on("GET", f"/jobs/{ID}", lambda _: wire.job(**next(answers, last)))


def test_a_job_that_is_done_is_not_watched(job: Job, server: Any, wire: Any) -> None:
    _states(server, wire, {"state": "done", "result": {"run": "r"}})
    assert job.wait().result == {"run": "r"}


def test_waiting_ends_with_the_job(job: Job, server: Any, wire: Any) -> None:
    server.streams[EVENTS] = [
        {"type": "progress", "done": 1, "total": 2, "label": "train"},
        {"type": "end", "state": "done"},
    ]
    _states(server, wire, {}, {"state": "done", "result": {"run": "r"}})
    assert job.wait().state == "done"


def test_an_end_of_an_earlier_attempt_is_passed_over(job: Job, server: Any, wire: Any) -> None:
    server.streams[EVENTS] = [
        {"type": "end", "state": "cancelled"},
        {"type": "note", "message": "again"},
        {"type": "end", "state": "done"},
    ]
    _states(server, wire, {}, {"state": "done"})
    assert [event["type"] for event in job.events()] == ["end", "note", "end"]


def test_a_failed_job_raises_its_own_error_with_its_id(job: Job, server: Any, wire: Any) -> None:
    problem = TrainingDivergedError("the loss is NaN", next_step="lower the rate").to_problem()
    _states(server, wire, {"state": "failed", "problem": problem})
    with pytest.raises(TrainingDivergedError, match="the loss is NaN") as caught:
        job.wait()
    assert caught.value.facts["job"] == ID


def test_interrupting_stops_the_watching_and_says_how_to_come_back(
    job: Job, server: Any, wire: Any
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[Any]:
        raise KeyboardInterrupt

    server.stream_events = interrupted
    _states(server, wire, {})
    with pytest.raises(KeyboardInterrupt) as caught:
        job.wait()
    [said] = caught.value.__notes__
    assert "the server goes on" in said
    assert f"workbench job watch {ID[:12]}" in said
    assert f"workbench job cancel {ID[:12]}" in said


def test_cancelling_asks_the_server(job: Job, server: Any, wire: Any) -> None:
    server.on("POST", f"/jobs/{ID}/cancellation", wire.job(state="cancelled"))
    assert job.cancel().state == "cancelled"


def test_a_cancelled_job_is_an_error_to_whoever_waits(job: Job, server: Any, wire: Any) -> None:
    problem = JobCancelledError("the job was cancelled").to_problem()
    _states(server, wire, {"state": "cancelled", "problem": problem})
    with pytest.raises(JobCancelledError):
        job.wait()


def test_a_job_is_found_by_the_beginning_of_its_id(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/jobs", [wire.job(), wire.job(id="b" * 64, task=None)])
    assert bench.job("bb").id == "b" * 64
    with pytest.raises(NotFoundError):
        bench.job("c")


def test_a_job_shows_why_it_failed(wire: Any, server: Any) -> None:
    problem = TrainingDivergedError("the loss is NaN", next_step="lower the rate").to_problem()
    text = repr(Job(Api(server), JobView(**wire.job(state="failed", problem=problem))))
    assert "the loss is NaN" in text
    assert "lower the rate" in text
