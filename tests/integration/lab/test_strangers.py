"""Every address of the extension, asked by somebody without a token: none says anything."""

import httpx
import pytest

from workbench.core.settings import Settings
from workbench.lab.app import LabExtension

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
# What stands for the variable parts of an address.
FILLED = {
    r"([A-Za-z0-9-]{16,64})": "0123456789abcdef",
    r"([0-9a-f]{32})": "0" * 32,
    "(.*)": "index.html",
    ".*": "tasks",
}


def addresses() -> list[str]:
    """Return an address of each handler, so that a new one is asked too."""
    extension = LabExtension()
    extension.initialize_handlers()
    found = []
    for pattern, *_ in extension.handlers:
        address = pattern
        for variable, value in FILLED.items():
            address = address.replace(variable, value)
        found.append(address.lstrip("/"))
    return found


@pytest.fixture(scope="module")
def secret(home: Settings) -> str:
    home.published_dir.mkdir(exist_ok=True)
    (home.published_dir / "index.html").write_text("<!doctype html><title>Results</title>")
    return "Results"


@pytest.mark.parametrize("method", METHODS)
def test_without_a_token_there_is_nothing(stranger: httpx.Client, secret: str, method: str) -> None:
    asked = addresses()
    assert {"workbench/published/index.html", "workbench/mlflow/tasks"} <= set(asked)
    asked += ["workbench/mlflow/", "workbench/published/"]
    for path in asked:
        for headers in ({}, {"Authorization": "token wrong"}):
            answer = stranger.request(method, path, headers=headers)
            assert answer.status_code in {302, 403, 405}, (path, answer.text)
            for told in (secret, "clouds", "MLflow"):
                assert told not in answer.text, path
