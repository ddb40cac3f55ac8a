from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workbench.client.answers import messages
from workbench.client.transport import InProcessTransport
from workbench.core.errors import NotFoundError

SCRIPT: list[tuple[int, dict[str, Any]]] = [
    (0, {"type": "note", "message": "line\nbreak \u2028 and \u00e4"}),
    (1, {"type": "progress", "done": 1, "total": 2, "label": "rows"}),
    (2, {"type": "metric", "step": 1, "loss": 0.5}),
    (7, {"type": "end", "state": "done"}),
]


def test_a_watcher_sees_every_event_once_and_the_stream_ends(client: TestClient, jobs: Any) -> None:
    jobs.script = SCRIPT
    assert list(InProcessTransport(client).stream_events("/jobs/known/events")) == SCRIPT


def test_a_watcher_that_comes_back_goes_on_behind_what_it_has_seen(
    client: TestClient, jobs: Any
) -> None:
    jobs.script = SCRIPT
    seen = list(InProcessTransport(client).stream_events("/jobs/known/events", after=1))
    assert seen == SCRIPT[2:]


def test_an_unknown_job_is_refused_before_the_stream_begins(client: TestClient) -> None:
    with pytest.raises(NotFoundError):
        list(InProcessTransport(client).stream_events("/jobs/unknown/events"))


@pytest.mark.parametrize("number", ["x", "-2", "1.5", "9" * 30])
def test_a_last_event_that_is_no_number_is_refused(client: TestClient, number: str) -> None:
    response = client.get("/jobs/known/events", headers={"Last-Event-ID": number})
    assert response.status_code == 422


def test_silence_is_broken_by_comments_and_a_stopped_server_says_so(
    app: FastAPI, client: TestClient
) -> None:
    activity = app.state.activity
    comments, kinds = [], []
    with client.stream("GET", "/jobs/known/events") as response:
        lines = response.iter_lines()
        for line in lines:
            if line.startswith(":"):
                comments.append(line)
            if len(comments) == 2:
                break
        activity.told_to_stop = activity.ending = True
        kinds += [kind for _, kind, _ in messages(lines)]
    assert comments[-1] == ": still there"
    assert kinds == ["stopped"]


def test_a_server_that_ends_by_itself_says_nothing_so_that_watchers_start_it_again(
    app: FastAPI, client: TestClient
) -> None:
    app.state.activity.ending = True
    response = client.get("/jobs/known/events")
    assert list(messages(response.iter_lines())) == []
