"""The published pages behind Jupyter: for people who are logged in, no more of the home."""

import httpx
import pytest

from workbench.core.settings import Settings


@pytest.fixture
def published(home: Settings) -> str:
    folder = home.published_dir
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text("<!doctype html><title>Results</title>")
    return "workbench/published/"


def test_who_is_logged_in_sees_the_pages_with_their_policy(
    page: httpx.Client, published: str
) -> None:
    for path in (published, f"{published}index.html"):
        answer = page.get(path)
        assert (answer.status_code, "<title>Results" in answer.text) == (200, True)
        assert answer.headers["Content-Type"].startswith("text/html")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy


def test_a_stranger_sees_nothing(stranger: httpx.Client, published: str) -> None:
    for headers in ({}, {"Authorization": "token wrong"}):
        answer = stranger.get(published, headers=headers)
        assert answer.status_code in {302, 403}
        assert "Results" not in answer.text


@pytest.mark.parametrize(
    "path", ["../workbench.duckdb", "%2e%2e/token", "..%2fserver.key", "/etc/passwd", "none.html"]
)
def test_nothing_else_of_the_home_is_served(page: httpx.Client, published: str, path: str) -> None:
    assert page.get(f"{published}{path}").status_code in {403, 404}
