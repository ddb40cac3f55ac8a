"""How large a request may be."""

from collections.abc import AsyncIterator
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.core.errors import TooLargeError
from workbench.server.problems import problem_response

MAX_JSON_BYTES: Final = 2**20
# The one path whose body is a file: it is counted as it streams.
UPLOAD_PATH: Final = "/blobs"


class JsonLimit:
    """ASGI middleware: reads a whole request up to 1 MiB, and refuses a longer one.

    The body is read here because FastAPI turns any exception raised while it reads one into
    a plain 400, which would hide the limit.

    Parameters
    ----------
    app : what gets the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request with its body, or answer 413."""
        if scope["type"] != "http" or scope["path"] == UPLOAD_PATH:
            await self._app(scope, receive, send)
            return
        try:
            messages = await _read(receive, declared_length(Headers(scope=scope)))
        except TooLargeError as error:
            await problem_response(error.to_problem())(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, replay, send)


async def _read(receive: Receive, declared: int) -> list[Message]:
    if declared > MAX_JSON_BYTES:
        raise _too_large(declared)
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if size > MAX_JSON_BYTES:
            raise _too_large(size)
        if not message.get("more_body", False):
            return messages


def _too_large(size: int) -> TooLargeError:
    return TooLargeError(
        f"the request has at least {size} bytes",
        wanted=f"at most {MAX_JSON_BYTES} bytes of JSON",
        next_step="send files with PUT /blobs, and name them by their digest",
        limit=MAX_JSON_BYTES,
    )


def declared_length(headers: Headers) -> int:
    """Return the Content-Length, 0 when there is none."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def upload_too_large(size: int, limit: int) -> TooLargeError:
    """Return the refusal of a file, which says how to raise the limit."""
    return TooLargeError(
        f"the file has at least {size} bytes",
        wanted=f"at most {limit} bytes ({limit / 2**20:.4g} MiB)",
        next_step="split the file; or set WORKBENCH_MAX_UPLOAD_BYTES and restart the server "
        "with: workbench server stop",
        limit=limit,
    )


async def counted(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield the chunks of an upload; raise TooLargeError as soon as they exceed the limit."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise upload_too_large(size, limit)
        yield chunk
