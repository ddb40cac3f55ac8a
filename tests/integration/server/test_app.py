"""The app on a real home, in this process."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import response_schema_conformance

from workbench.client.transport import InProcessTransport
from workbench.core.errors import (
    InvalidInputError,
    NotFoundError,
    QueryRefusedError,
    SignatureError,
    TooLargeError,
)
from workbench.core.settings import Settings
from workbench.server import schema
from workbench.server.app import create_app, describe
from workbench.workflows.home import Home

TOKEN = "a-token-of-this-test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
LIMIT = 100_000
Registration = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    root = tmp_path_factory.mktemp("app")
    base = Settings.from_environment()
    home = Home.open(
        dataclasses.replace(
            base, home=root / "home", cache_dir=root / "cache", max_upload_bytes=LIMIT, n_workers=1
        )
    )
    yield create_app(home, TOKEN)
    home.close()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers=HEADERS, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def home_folder(app: FastAPI) -> Path:
    home: Home = app.state.home
    return home.settings.home


@pytest.fixture
def transport(client: TestClient) -> InProcessTransport:
    return InProcessTransport(client)


def test_a_file_is_stored_under_its_digest(transport: InProcessTransport) -> None:
    content = b"some rows" * 1000
    expected = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    assert transport.upload(iter([content[:10], content[10:]])) == expected
    assert transport.upload([content]) == expected


def test_an_upload_that_does_not_say_its_length_is_cut_off_at_the_limit(
    transport: InProcessTransport, app: FastAPI
) -> None:
    with pytest.raises(TooLargeError, match="at least") as caught:
        transport.upload(b"x" * 10_000 for _ in range(11))
    assert caught.value.facts["limit"] == LIMIT
    assert "WORKBENCH_MAX_UPLOAD_BYTES" in caught.value.next_step
    root = app.state.home.settings.blobs_dir
    assert not [path for path in root.rglob("*") if path.is_file() and path.stat().st_size > 50_000]


def test_a_registration_is_an_answer_that_can_be_had_again(
    transport: InProcessTransport, registration: Registration
) -> None:
    body = registration("ana")
    first = transport.request("POST", "/principals", json=body).json()
    assert first["name"] == "ana"
    assert transport.request("POST", "/principals", json=body).json() == first


def test_a_changed_record_is_refused_with_its_own_error(
    transport: InProcessTransport, registration: Registration
) -> None:
    body = registration("eve")
    body["envelope"]["body"]["owner"] = "somebody-else"
    with pytest.raises(SignatureError, match="does not verify"):
        transport.request("POST", "/principals", json=body)


@pytest.mark.parametrize(
    "path",
    [
        "/tasks/none",
        "/tasks/none/contributions",
        "/tasks/none/runs",
        "/tasks/none/valuations",
        "/tasks/none/epochs",
        "/tasks/none/leaderboard",
        "/contributions/none",
        "/runs/none",
        "/valuations/none",
        "/epochs/none",
        "/jobs/none",
        "/jobs/none/events",
        "/tasks/%00",
        "/tasks/..%2F..%2Fetc%2Fpasswd",
    ],
)
def test_what_does_not_exist_is_not_found(transport: InProcessTransport, path: str) -> None:
    with pytest.raises(NotFoundError):
        transport.request("GET", path)


def test_rows_arrive_as_arrow_and_their_types_are_kept(transport: InProcessTransport) -> None:
    answer = transport.request(
        "POST",
        "/sql",
        json={"statement": "select ? as n, i from range(3) t(i) order by i", "parameters": ["ñ"]},
    )
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.to_pydict() == {"n": ["ñ"] * 3, "i": [0, 1, 2]}
    assert table.schema.field("i").type == pa.int64()


@pytest.mark.parametrize(
    "statement",
    [
        "drop table store.record",
        "select 1; select 2",
        "select * from read_csv('/etc/passwd')",
        "select * from store.hidden_row",
        "selec 1",
    ],
)
def test_a_statement_that_is_no_question_over_the_views_is_refused(
    transport: InProcessTransport, statement: str
) -> None:
    with pytest.raises(QueryRefusedError):
        transport.request("POST", "/sql", json={"statement": statement})


def test_a_misspelt_field_is_not_passed_over(transport: InProcessTransport) -> None:
    with pytest.raises(InvalidInputError, match="statment"):
        transport.request("POST", "/sql", json={"statment": "select 1"})


def test_the_home_is_looked_at(transport: InProcessTransport) -> None:
    checks = transport.request("GET", "/doctor").json()
    assert {"database", "disk"} <= {check["name"] for check in checks}


def test_an_app_in_process_has_no_server_to_stop(transport: InProcessTransport) -> None:
    assert transport.request("POST", "/server/stop").status_code == 202
    assert transport.request("GET", "/health").status_code == 200


@pytest.fixture(scope="module")
def session(app: FastAPI) -> Iterator[asgi.ASGIClient]:
    """One client for all examples: to start one for each takes longer than the examples."""
    with asgi.get_client(app) as session:
        yield session


document = schemathesis.openapi.from_dict(schema.openapi(describe()))


@document.parametrize()
@examples(
    max_examples=3,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_server(
    case: schemathesis.Case, app: FastAPI, session: asgi.ASGIClient
) -> None:
    response = case.call(app=app, session=session, headers=HEADERS)
    case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
