import stat
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from workbench.core.errors import ForbiddenError
from workbench.server import schema
from workbench.server.app import describe
from workbench.server.authentication import load_or_make_token

OPERATIONS = [
    (method.upper(), path)
    for path, operations in schema.openapi(describe())["paths"].items()
    for method in operations
]


def test_every_route_of_the_app_is_in_the_document_that_the_next_tests_walk() -> None:
    document = schema.openapi(describe())["paths"]
    for route in describe().routes:
        for inner in getattr(getattr(route, "original_router", None), "routes", [route]):
            assert inner.path in document


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer wrong", "Basic a-token-of-this-test", "Bearer \xe9"],
)
def test_every_route_answers_401_without_the_token(
    stranger: TestClient, method: str, path: str, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    response = stranger.request(method, path, headers=headers, content=b"{ not json")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "UnauthorizedError"


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/nowhere", "/openapi.json", "//health"])
def test_paths_that_lead_nowhere_are_no_exception(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401


def test_the_token_opens_the_door(client: TestClient) -> None:
    assert client.get("/health").status_code == 200


def test_there_are_no_interactive_pages(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_a_made_token_is_long_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = load_or_make_token(path)
    assert len(token) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make_token(path) == token
    assert [entry.name for entry in tmp_path.iterdir()] == ["token"]


def test_an_emptied_token_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.touch(mode=0o600)
    assert len(load_or_make_token(path)) >= 43


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("known-to-all")
    path.chmod(0o644)
    with pytest.raises(ForbiddenError, match="0644"):
        load_or_make_token(path)


def test_a_token_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("planted")
    (tmp_path / "token").symlink_to(tmp_path / "theirs")
    with pytest.raises(ForbiddenError, match="not yours alone"):
        load_or_make_token(tmp_path / "token")
