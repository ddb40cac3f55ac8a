import json
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_request_is_one_line_with_its_template_and_without_what_was_typed(
    client: TestClient, lines: Path
) -> None:
    response = client.get("/jobs/typed-by-a-person/events", params={"secret": "in-the-query"})
    [line] = [line for line in read(lines) if line["message"] == "request"]
    assert line["method"] == "GET"
    assert line["route"] == "/jobs/{job}/events"
    assert line["status"] == 404
    assert line["request"] == response.headers["x-request-id"]
    assert isinstance(line["ms"], float)
    assert str(line["time"]).endswith("+00:00")
    text = lines.read_text()
    assert not any(word in text for word in ("typed-by", "in-the-query", "a-token-of"))


def test_a_strangers_request_is_logged_too(stranger: TestClient, lines: Path) -> None:
    stranger.get("/anything")
    assert [line["status"] for line in read(lines) if line["message"] == "request"] == [401]


def test_a_bug_is_logged_once_with_its_traceback_and_the_requests_id(
    app: FastAPI, client: TestClient, lines: Path
) -> None:
    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError

    response = client.get("/bug")
    broken = [line for line in read(lines) if "traceback" in line]
    assert [line["request"] for line in broken] == [response.headers["x-request-id"]]
    assert "ZeroDivisionError" in str(broken[0]["traceback"])
    assert [line["status"] for line in read(lines) if line["message"] == "request"] == [500]
