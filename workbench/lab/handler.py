"""What all handlers share: the gate before the body, and refusals as problem details."""

import json
import logging
from http import HTTPStatus
from typing import Any, Final

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async
from tornado.httputil import HTTPHeaders
from tornado.web import HTTPError

from workbench import __version__
from workbench.core.errors import (
    ForbiddenError,
    InvalidInputError,
    LoginExpiredError,
    NotFoundError,
    TooLargeError,
    WorkbenchError,
)

MAX_JSON_BYTES: Final = 2**20
_MAX_PASSED_BYTES: Final = 64 * 2**20
_READS: Final = frozenset({"GET", "HEAD"})
_PROBLEM: Final = "application/problem+json"


class Handler(APIHandler):
    """A handler that nobody passes who is not logged in to Jupyter.

    The gate stands in ``prepare``, where no method can forget it, and for a body that streams
    before its first byte is taken. ``allow_unauthenticated_access`` opens nothing here.
    """

    auth_resource = "workbench"
    max_body_bytes = MAX_JSON_BYTES

    async def prepare(self) -> None:
        """Refuse strangers, and a body that says itself that it is too long."""
        await super().prepare()
        action = "read" if self.request.method in _READS else "write"
        if not self.current_user:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        if not await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        ):
            raise ForbiddenError(
                f"this Jupyter server does not let you {action} the workbench",
                wanted=f"the right to {action} the resource {self.auth_resource}",
                next_step="ask whoever runs the Jupyter server",
                reason="rights",
            )
        self.set_header("Cache-Control", "no-store")
        # A page that was loaded before an upgrade learns of it from any answer.
        self.set_header("X-Workbench-Version", __version__)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.check_length(declared_length(self.request.headers))

    def check_length(self, size: int) -> None:
        """Raise TooLargeError if a body of so many bytes is more than is taken here."""
        if size > self.max_body_bytes:
            raise TooLargeError(
                f"the request has at least {size} bytes",
                wanted=f"at most {self.max_body_bytes} bytes",
                next_step="send files in an upload, and name them by their digest",
                limit=self.max_body_bytes,
            )

    def answer(self, value: Any) -> None:
        """Answer with JSON."""
        self.finish(json.dumps(value))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with problem details, like the server behind."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        problem = (
            error.to_problem()
            if isinstance(error, WorkbenchError)
            else self._refused(status_code).to_problem() | {"status": status_code}
        )
        self.set_status(problem["status"])
        self.finish(json.dumps(problem), set_content_type=_PROBLEM)

    def _refused(self, status: int) -> WorkbenchError:
        is_known = getattr(self, "_jupyter_current_user", None) is not None
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED) and not is_known:
            return LoginExpiredError(
                "nobody is logged in to this Jupyter server, or the login has expired",
                wanted="a login, or Jupyter's token",
                next_step="log in to Jupyter again in another tab, then go on here: what was "
                "saved is kept",
                reason="login",
            )
        return _refusal(status, self.request.method or "")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log mistakes of ours with their traceback, refusals not at all."""
        if isinstance(value, WorkbenchError) and value.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        if isinstance(value, WorkbenchError):
            logging.getLogger(__name__).warning("%s: %s", type(value).__name__, value)
            return
        super().log_exception(typ, value, tb)


class StreamedHandler(Handler):
    """A handler whose body arrives in chunks, so that none is ever whole in memory by accident.

    Tornado resets the connection when it is answered before its body is read, and when
    ``data_received`` raises, and a browser then shows no reason. So a refusal waits until the
    body has passed by unread, unless that is long, and stands in the method's place.
    """

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing received."""
        super().initialize(*args, **kwargs)
        self.n_received = 0
        self._refusal: WorkbenchError | HTTPError | None = None

    async def prepare(self) -> None:
        """Refuse before the body is taken, and answer when it is over."""
        try:
            await super().prepare()
            await self.admit()
        except (WorkbenchError, HTTPError) as error:
            if declared_length(self.request.headers) > _MAX_PASSED_BYTES:
                raise
            connection: Any = self.request.connection
            connection.set_max_body_size(_MAX_PASSED_BYTES)
            self.refuse(error)

    async def admit(self) -> None:
        """Raise what else there is to say before the body is taken."""

    async def data_received(self, chunk: bytes) -> None:
        """Take the next bytes of the body, unless it was refused."""
        self.n_received += len(chunk)
        if self._refusal is None:
            try:
                self.check_length(self.n_received)
                await self.take(chunk)
            except WorkbenchError as error:
                self.refuse(error)

    async def take(self, chunk: bytes) -> None:
        """Keep the next bytes."""
        raise NotImplementedError

    def refuse(self, error: WorkbenchError | HTTPError) -> None:
        """Take no more of the body, and answer with the error when it is over."""
        self._refusal = error
        # In the method's place, so that none can forget to ask.
        setattr(self, (self.request.method or "").lower(), self._raise)

    def _raise(self, *_: str) -> None:
        assert self._refusal is not None  # noqa: S101 - set with it
        raise self._refusal


def declared_length(headers: HTTPHeaders) -> int:
    """Return the Content-Length, 0 when there is none."""
    text = headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _refusal(status: int, method: str) -> WorkbenchError:
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        return ForbiddenError(
            "this request is from another page, or from somebody whom this Jupyter server does not "
            "let do this",
            wanted="for what changes something the header X-XSRFToken of this page",
            next_step="reload the page",
            reason="page",
        )
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(
            "there is nothing for this page at this address", wanted="an address of docs/lab.md"
        )
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return InvalidInputError(
            f"{method} is not understood here", wanted="a request as docs/lab.md describes it"
        )
    return WorkbenchError(
        "the workbench's extension of Jupyter made a mistake",
        next_step="look at the log of the Jupyter server",
    )
