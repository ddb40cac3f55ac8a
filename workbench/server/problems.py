"""Errors become problem details (RFC 9457)."""

import errno
import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from workbench.core.errors import DiskFullError, InvalidInputError, NotFoundError, WorkbenchError

_Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

MEDIA_TYPE: Final = "application/problem+json"
_MAX_FAULTS: Final = 20
_N_FAULTS_TOLD: Final = 3
_log = logging.getLogger(__name__)


class Problem(BaseModel):
    """What every error answers: a ``WorkbenchError``'s facts as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    wanted: str
    next_step: str
    facts: dict[str, Any]


# The schema's one answer to anything but success.
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}


def problem_response(
    problem: dict[str, Any], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return problem details as a response with their status."""
    return JSONResponse(
        problem, status_code=problem["status"], headers=headers, media_type=MEDIA_TYPE
    )


def install(app: FastAPI, check: Callable[[Request], None]) -> None:
    """Answer every error of the app with problem details.

    Parameters
    ----------
    check : raises where the caller may not use the route at all. A body that is no JSON is
        refused before any dependency is asked: who may not send one is not told what is wrong.
    """

    def unless_refused(handler: _Handler) -> _Handler:
        async def answer(request: Request, error: Exception) -> Response:
            try:
                if "route" in request.scope:
                    check(request)
            except WorkbenchError as refusal:
                return await _refused(request, refusal)
            return await handler(request, error)

        return answer

    for kind, handler in _HANDLERS.items():
        is_before_the_gate = kind in (RequestValidationError, HTTPException)
        app.add_exception_handler(kind, unless_refused(handler) if is_before_the_gate else handler)


async def answer(request: Request, error: Exception) -> Response:
    """Return the answer that the app gives to an error, or raise it: then it is a bug."""
    for kind in type(error).__mro__:
        if handler := _HANDLERS.get(kind):
            return await handler(request, error)
    raise error


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WorkbenchError)  # noqa: S101 - registered for this class alone
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s: %s", type(error).__name__, error, exc_info=error)
    return problem_response(error.to_problem())


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    # Where and why, never the input itself: it may be large or private.
    faults = [
        {"where": ".".join(map(str, fault["loc"])), "what": fault["msg"], "kind": fault["type"]}
        for fault in error.errors()[:_MAX_FAULTS]
    ]
    return problem_response(
        InvalidInputError(
            "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:_N_FAULTS_TOLD]),
            wanted="a request as /openapi.json describes it",
            next_step="correct the fields named in the facts",
            faults=faults,
        ).to_problem()
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    if error.status_code == HTTPStatus.NOT_FOUND:
        refusal: WorkbenchError = NotFoundError(
            f"there is no {request.url.path[:200]}", wanted="a path of /openapi.json"
        )
    else:
        refusal = InvalidInputError(
            f"{request.method}: {error.detail}",
            wanted="a method and a body as /openapi.json describes them",
            next_step="send UTF-8 JSON that is not nested deeply, as application/json",
        )
    return problem_response(
        refusal.to_problem() | {"status": error.status_code}, headers=error.headers
    )


async def _gone(_request: Request, _error: Exception) -> Response:
    # Nobody reads this answer: the client left in the middle of its request.
    return problem_response(InvalidInputError("the client went away").to_problem())


async def _system(_request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        full = DiskFullError(
            "no space is left on the server's disk; nothing was written",
            next_step="free some space and repeat the command",
        )
        return problem_response(full.to_problem())
    raise error


_HANDLERS: Final[Mapping[type[Any], _Handler]] = {
    WorkbenchError: _refused,
    RequestValidationError: _invalid,
    HTTPException: _http,
    ClientDisconnect: _gone,
    OSError: _system,
}
