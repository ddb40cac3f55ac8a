import json
import logging
import sys
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workbench.server import logs

TOKEN = "a-token-of-this-test"


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Path]:
    """The log file, with the root logger's own handlers put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    logs.configure(tmp_path / "logs")
    yield tmp_path / "logs" / logs.FILE_NAME
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("workbench").setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)


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
    assert not any(word in text for word in ("typed-by", "in-the-query", TOKEN))


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


def test_a_line_break_in_a_message_does_not_break_the_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "two\nlines \u2028", None, None)
    assert "\n" not in logs.JsonLines().format(record)


def test_a_traceback_is_kept_in_one_line() -> None:
    try:
        int("a\nb")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "m", None, sys.exc_info())
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["traceback"]


@pytest.mark.usefixtures("lines")
def test_files_are_rotated() -> None:
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h, RotatingFileHandler)]
    assert handler.maxBytes > 0
    assert handler.backupCount > 0
