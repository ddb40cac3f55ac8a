import errno
import json
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workbench.core.errors import InsufficientFundsError, WorkbenchError
from workbench.core.wire import CompareRequest

SECRET = "the-hidden-test-row"


pytestmark = pytest.mark.usefixtures("failing")


@pytest.fixture
def failing(app: FastAPI) -> None:
    @app.get("/broke")
    def broke() -> None:
        raise InsufficientFundsError(
            "the pool holds 1", wanted="2", next_step="fund it", pool="1", amount="2"
        )

    @app.get("/bug")
    def bug() -> None:
        raise KeyError(SECRET)

    @app.get("/full")
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/home/somebody/secret")

    @app.get("/odd")
    def odd() -> None:
        raise OSError(errno.EIO, SECRET)

    @app.post("/typed")
    def typed(_request: CompareRequest) -> None: ...


def test_an_error_arrives_with_all_its_facts(client: TestClient) -> None:
    response = client.get("/broke")
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    error = WorkbenchError.from_problem(response.json())
    assert isinstance(error, InsufficientFundsError)
    assert (error.wanted, error.next_step) == ("2", "fund it")
    assert error.facts == {"pool": "1", "amount": "2"}


@pytest.mark.parametrize("path", ["/bug", "/odd"])
def test_a_bug_says_nothing_of_the_inside_and_is_logged_with_its_traceback(
    client: TestClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR):
        response = client.get(path)
    assert response.status_code == 500
    assert SECRET not in response.text
    assert "Traceback" not in response.text
    assert response.json()["facts"]["request"] == response.headers["x-request-id"]
    assert any(record.exc_info for record in caplog.records)


def test_a_full_disk_is_named(client: TestClient) -> None:
    response = client.get("/full")
    assert response.status_code == 507
    assert response.json()["title"] == "DiskFullError"
    assert "somebody" not in response.text


def test_a_wrong_field_is_named_and_its_content_is_not_repeated(client: TestClient) -> None:
    response = client.post("/typed", json={"models": [], "extra": SECRET})
    assert response.status_code == 422
    problem = response.json()
    assert problem["title"] == "InvalidInputError"
    assert {fault["where"] for fault in problem["facts"]["faults"]} == {"body.models", "body.extra"}
    assert SECRET not in response.text


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b"null", b"", b"[" * 100_000])
def test_a_body_that_is_no_request_is_a_clients_mistake(client: TestClient, body: bytes) -> None:
    response = client.post("/typed", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= response.status_code < 500
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.content)["title"] == "InvalidInputError"


def test_an_unknown_path_is_a_problem_too(client: TestClient) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert response.json()["title"] == "NotFoundError"


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    response = client.delete("/health")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert response.json()["status"] == 405


def test_a_body_that_cannot_be_read_is_told_what_is_wanted(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/typed", content=b"[" * 60_000, headers=headers)
    assert response.status_code == 400
    assert "UTF-8 JSON" in response.json()["next_step"]
    assert client.put("/typed").json()["wanted"]
