"""Routes of signed records: short, and as strict as the others."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from workbench.core.errors import ForbiddenError
from workbench.core.roles import MACHINE, Caller
from workbench.core.wire import BlobView, SignedRequest
from workbench.server import problems
from workbench.server.access import HomeOf, check_role
from workbench.server.signed import SignedFirst, SignedRoute

router = APIRouter(route_class=SignedRoute)


class AHome:
    heads = SimpleNamespace(is_mirror=False)

    def __str__(self) -> str:
        return "a home"


@router.post("/records")
async def take(home: HomeOf, request: SignedRequest) -> BlobView:
    if "refused" in request.envelope:
        raise ForbiddenError("not you")
    if "bug" in request.envelope:
        raise ZeroDivisionError
    return BlobView(sha256=str(home), size=len(request.envelope))


Ask = Callable[..., httpx.Response]


@pytest.fixture(params=["past the framework", "through it"])
def ask(request: pytest.FixtureRequest) -> Ask:
    return partial(_ask, is_first=request.param == "past the framework")


def _ask(
    content: bytes,
    kind: str = "application/json",
    caller: Caller = MACHINE,
    *,
    is_first: bool,
    path: str = "/records",
) -> httpx.Response:
    app = FastAPI(openapi_url=None)
    if is_first:
        app.add_middleware(SignedFirst, routes=router.routes)
    app.state.home = AHome()
    app.include_router(router)
    problems.install(app, check_role)

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope | {"workbench.caller": caller}, receive, send)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(let_in)
        async with httpx.AsyncClient(transport=transport, base_url="http://workbench") as client:
            headers = {"Content-Type": kind} if kind else {}
            return await client.post(path, content=content, headers=headers)

    return anyio.run(send)


def test_a_signed_record_is_answered_by_the_endpoint(ask: Ask) -> None:
    answer = ask(b'{"envelope": {"a": 1, "b": [2]}}')
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"sha256": "a home", "size": 2}


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "body.envelope"),
        (b'{"envelope": 3}', "body.envelope"),
        (b'{"envelope": {}, "more": 1}', "body.more"),
        (b'{"envelope": {"a": "\xff"}}', "body"),
        (b"[" * 100_000, "body"),
    ],
)
def test_what_is_no_signed_record_is_refused_with_its_place(
    ask: Ask, content: bytes, where: str
) -> None:
    answer = ask(content)
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["title"]) == (422, "InvalidInputError")
    assert problem["facts"]["faults"][0]["where"] == where


@pytest.mark.parametrize("kind", ["text/plain", "", "multipart/form-data; boundary=x"])
def test_only_json_is_read(ask: Ask, kind: str) -> None:
    answer = ask(b'{"envelope": {}}', kind)
    assert answer.status_code == 422
    assert answer.json()["facts"]["faults"][0]["where"] == "header.content-type"


def test_a_refusal_of_the_endpoint_is_a_problem(ask: Ask) -> None:
    answer = ask(b'{"envelope": {"refused": true}}')
    assert (answer.status_code, answer.json()["title"]) == (403, "ForbiddenError")


def test_the_document_still_names_the_message() -> None:
    app = FastAPI()
    app.include_router(router)
    [operation] = app.openapi()["paths"]["/records"].values()
    assert "SignedRequest" in str(operation["requestBody"])
    assert "BlobView" in str(operation["responses"]["200"])


def test_a_caller_without_the_role_is_refused_before_the_record_is_read(ask: Ask) -> None:
    answer = ask(b"{", caller=Caller("ana", None, ("viewer",)))
    assert answer.status_code == 403
    assert "who may take" in answer.json()["wanted"]


def test_another_path_or_method_goes_through_the_framework(ask: Ask) -> None:
    assert ask(b'{"envelope": {}}', path="/other").status_code == 404
    assert ask(b'{"envelope": {}}', path="/records/").status_code in {307, 404}


def test_a_bug_is_nobodys_answer(ask: Ask) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(b'{"envelope": {"bug": true}}')
