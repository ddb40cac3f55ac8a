"""Each request has an id, a line in the log, and an answer even when the code is wrong."""

import logging
import secrets
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

import workbench
from workbench.core.errors import WorkbenchError
from workbench.server.logs import REQUEST_ID
from workbench.server.problems import problem_response

_log = logging.getLogger(__name__)
# A client that goes on after an upgrade learns of it from any answer.
_VERSION = (b"x-workbench-version", workbench.__version__.encode())


class RequestLog:
    """ASGI middleware, the outermost: names, times and logs requests; answers 500 for bugs.

    Parameters
    ----------
    app : what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log method, route template, status and milliseconds, and the traceback of a bug."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        status = 0
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                head = (b"x-request-id", request_id.encode())
                message["headers"] = [*message.get("headers", ()), head, _VERSION]
            await send(message)

        before = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            _log.exception("unhandled %s", type(error).__name__)
            if status:
                # Half an answer is out: only a broken connection tells the client so.
                raise
            await problem_response(_bug(request_id))(scope, receive, answer)
        finally:
            _log.info("request", extra=_summary(scope, status, time.perf_counter() - began))
            REQUEST_ID.reset(before)


def _bug(request_id: str) -> dict[str, object]:
    # The traceback is in the log, under this id; it may name files and rows, so it stays there.
    return WorkbenchError(
        "the server made a mistake",
        next_step="look at its log with: workbench server logs",
        request=request_id,
    ).to_problem()


def _summary(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    # The template, not the path: a path may hold what a person typed.
    return {
        "method": scope["method"],
        "route": getattr(scope.get("route"), "path", "(none)"),
        "status": status or int(HTTPStatus.INTERNAL_SERVER_ERROR),
        "ms": round(seconds * 1000, 2),
    }
