"""Structured logs: one JSON object a line, rotated; never a token, never a body."""

import json
import logging
import logging.handlers
import secrets
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE_NAME: Final = "server.jsonl"
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

_MAX_BYTES: Final = 5 * 2**20
_N_OLD_FILES: Final = 5
_FIELDS: Final = ("method", "route", "status", "ms")
_log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, logger and message, the request's id, and the traceback if any."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request := REQUEST_ID.get()) is not None:
            line["request"] = request
        line |= {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(logs_dir: Path) -> None:
    """Send all of this process's log records to ``server.jsonl`` in the folder."""
    logs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        logs_dir / FILE_NAME, maxBytes=_MAX_BYTES, backupCount=_N_OLD_FILES, encoding="utf-8"
    )
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # Uvicorn reports a request's exception once more than we do, without the request's id.
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Exception in ASGI application")


class RequestLog:
    """ASGI middleware: gives each request an id and logs how it was answered.

    Parameters
    ----------
    app : what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log method, route template, status and milliseconds, and the traceback of a crash."""
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
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            _log.exception("unhandled %s", type(error).__name__)
            raise
        finally:
            _log.info("request", extra=_summary(scope, status, time.perf_counter() - began))
            REQUEST_ID.reset(token)


def _summary(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    # The template, not the path: a path may hold what a person typed.
    route = getattr(scope.get("route"), "path", "(none)")
    return {
        "method": scope["method"],
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
