"""What a page reaches through Jupyter, and what it and a stranger do not."""

import json
from typing import Any

import httpx
import pytest

from workbench import __version__
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings

ROUTES = [
    ("GET", "workbench/api/health"),
    ("GET", "workbench/api/events"),
    ("POST", "workbench/api/sql"),
    ("HEAD", "workbench/uploads/0123456789abcdef"),
    ("PUT", "workbench/uploads/0123456789abcdef?offset=0&size=3"),
    ("DELETE", "workbench/uploads/0123456789abcdef"),
    ("POST", "workbench/prepare"),
    ("POST", "workbench/sign"),
    ("GET", "workbench/nowhere"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_login_there_is_nothing(stranger: httpx.Client, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        answer = stranger.request(method, path, headers=headers, content=b"abc")
        assert answer.status_code == 403
        if method != "HEAD":
            # A page tells it apart from what the person may not do.
            assert answer.json()["title"] == "LoginExpiredError"


def test_a_page_asks_the_server_and_never_sees_its_token(
    page: httpx.Client, home: Settings
) -> None:
    answer = page.get("workbench/api/tasks")
    assert answer.status_code == 200
    assert [task["id"] for task in answer.json()] == ["clouds"]
    token = home.token_path.read_text().strip()
    assert token not in f"{answer.headers} {answer.text}"
    assert token not in f"{page.get('workbench/api/doctor').text}"


def test_a_person_has_an_inbox(page: httpx.Client, bench: Bench) -> None:
    waiting = (
        bench.as_("ana")
        .task("clouds")
        .contribute([{"f0": 0.123, "f1": 2.0, "label": "low"}], license="CC-BY-4.0")
    )
    asked = {"X-Workbench-Identity": "ana"}
    answer = page.get("workbench/api/inbox", headers=asked)
    assert answer.status_code == 200, answer.text
    assert [need["id"] for need in answer.json()["needs"]] == [waiting.id]
    params = {"since": answer.json()["as_of"]}
    assert page.get("workbench/api/inbox", headers=asked, params=params).json()["news"] == []
    wrong = page.get("workbench/api/inbox", params={"since": "yesterday"})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "InvalidInputError")
    bad = page.get("workbench/api/inbox", headers={"X-Workbench-Identity": "..%2Fana"})
    assert bad.status_code == 422


def test_addresses_are_under_the_base_url_and_nowhere_else(page: httpx.Client) -> None:
    answer = page.get("workbench/api/health")
    assert answer.json()["version"] == answer.headers["X-Workbench-Version"] == __version__
    elsewhere = str(page.base_url).replace("/user/ana/", "/")
    assert page.get(f"{elsewhere}workbench/api/health").status_code == 404


def test_what_changes_something_needs_the_pages_own_header(page: httpx.Client) -> None:
    statement = {"statement": "select 1 as one", "parameters": []}
    assert page.post("workbench/api/sql", json=statement).status_code == 200
    del page.headers["X-XSRFToken"]
    answer = page.post("workbench/api/sql", json=statement)
    assert (answer.status_code, answer.json()["title"]) == (403, "ForbiddenError")
    assert "X-XSRFToken" in answer.json()["wanted"]
    put = page.put("workbench/uploads/0123456789abcdef?offset=0&size=3", content=b"abc")
    assert put.status_code == 403


def test_another_origin_gets_nothing(page: httpx.Client) -> None:
    answer = page.get("workbench/api/tasks", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 404
    assert "clouds" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "server/stop", 403),
        ("POST", "access", 403),
        ("GET", "access", 403),
        ("POST", "contributions/abc/submission", 403),
        ("POST", "tasks/clouds/epochs", 403),
        ("GET", "runs/abc%2Fbundle", 422),
        ("GET", "tasks/%2e%2e", 422),
        ("GET", "tasks/a%0D%0Ab", 422),
        ("DELETE", "tasks/clouds", 404),
        ("PUT", "blobs", 404),
    ],
)
def test_what_is_not_in_the_list_is_refused(
    page: httpx.Client, method: str, path: str, status: int
) -> None:
    # By hand: the client would tidy the path.
    url = httpx.URL(str(page.base_url), raw_path=f"/user/ana/workbench/api/{path}".encode())
    answer = page.request(method, url)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_refusal_of_the_server_arrives_as_it_is(page: httpx.Client) -> None:
    answer = page.get("workbench/api/tasks/nowhere")
    assert (answer.status_code, answer.json()["title"]) == (404, "NotFoundError")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("declared", [True, False])
def test_a_long_request_is_refused(page: httpx.Client, declared: bool) -> None:
    content = b"x" * (2**20 + 1)
    body: Any = content if declared else iter([content])
    answer = page.post(
        "workbench/api/sql", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["title"]) == (413, "TooLargeError")


def test_what_jupyter_and_lab_add_to_the_query_goes_no_further(page: httpx.Client) -> None:
    params = {"token": "a-token-of-jupyter", "1764130000000": "", "owner": "ana"}
    answer = page.get("workbench/api/holds", params=params)
    assert (answer.status_code, answer.json()) == (200, [])


def test_events_of_a_job_arrive_and_go_on_where_a_page_left(
    page: httpx.Client, bench: Bench
) -> None:
    job = page.post("workbench/api/publications")
    assert job.status_code == 200
    started = bench.api.send("verifications", body={}).json()
    path = f"workbench/api/jobs/{started['id']}/events"
    with page.stream("GET", path, headers={"Accept": "text/event-stream"}) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    seen = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert seen[-1]["type"] == "end"
    with page.stream("GET", path, headers={"Last-Event-ID": str(len(seen) - 2)}) as stream:
        again = [line for line in stream.iter_lines() if line.startswith("data: ")]
    assert len(again) == 1


def test_a_server_that_was_stopped_starts_again(page: httpx.Client, home: Settings) -> None:
    assert stop_server(home)
    assert page.get("workbench/api/tasks").status_code == 200


def test_a_server_that_cannot_start_is_said_with_a_way_on(
    page: httpx.Client, home: Settings
) -> None:
    stop_server(home)
    database = home.database_path
    kept = database.with_suffix(".kept")
    database.rename(kept)
    database.write_bytes(b"no database at all" * 1000)
    try:
        answer = page.get("workbench/api/tasks")
    finally:
        database.unlink()
        kept.rename(database)
    assert answer.status_code >= 500
    assert answer.json()["next_step"]
    assert page.get("workbench/api/tasks").status_code == 200
