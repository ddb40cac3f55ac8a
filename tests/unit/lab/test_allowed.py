"""Every route of the server is either a page's to ask, or named here as not."""

from typing import Any

import pytest

from workbench.core.errors import WorkbenchError
from workbench.lab.allowed import allowed_path
from workbench.server.app import describe

# Not signed, and still no page's: what grants, stops, or reads and writes places of the machine.
KEPT_FROM_PAGES = {
    "GET /access",
    "POST /access",
    "POST /access/{principal}/revocation",
    "POST /backups",
    "PUT /blobs",
    "POST /bundles",
    "GET /games/{game}/evaluations",
    "GET /home",
    "POST /games",
    "POST /games/{game}/evaluations",
    "GET /mirror",
    "GET /mirrors/exports/{manifest}/{sha256}",
    "POST /mirrors/exports",
    "POST /mirrors/imports",
    "GET /runs/{run}/bundle",
    "GET /runs/{run}/bundle/{sha256}",
    "POST /server/stop",
}


def _routes() -> dict[str, dict[str, Any]]:
    paths = describe().openapi()["paths"]
    return {
        f"{m.upper()} {p}": route for p, methods in paths.items() for m, route in methods.items()
    }


def _is_allowed(endpoint: str) -> bool:
    method, path = endpoint.split()
    try:
        return bool(allowed_path(method, path.replace("{", "").replace("}", "")))
    except WorkbenchError:
        return False


def test_a_page_sends_no_signed_record_and_all_else_is_decided() -> None:
    routes = _routes()
    signed = {name for name, route in routes.items() if "SignedRequest" in str(route)}
    assert len(signed) > 10
    refused = {name for name in routes if not _is_allowed(name)}
    assert refused == signed | KEPT_FROM_PAGES


@pytest.mark.parametrize(
    "path",
    [
        *("/tasks/..", "/tasks/%2E%2E", "/tasks/a%2Fepochs", "/tasks/a%5Cb", "/tasks/a%00"),
        *("/tasks/a%0Ab", "//tasks", "/tasks/", "tasks", "", "/tasks/" + "a" * 201),
        *("/tasks/a/b/c/d", "/TASKS", "/runs/%2e/bundle"),
    ],
)
def test_no_spelling_leads_around_the_list(path: str) -> None:
    with pytest.raises(WorkbenchError):
        allowed_path("GET", path)


def test_names_keep_their_letters() -> None:
    assert allowed_path("GET", "/statements/n%C3%A1huatl%20%3F") == "/statements/n%C3%A1huatl%20%3F"
