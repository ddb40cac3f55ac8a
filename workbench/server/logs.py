"""Structured logs: one JSON object a line, rotated; never a token, never a body."""

import json
import logging
import logging.handlers
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FILE_NAME: Final = "server.jsonl"
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

_MAX_BYTES: Final = 5 * 2**20
_N_OLD_FILES: Final = 5
# Made once: ``json.dumps`` makes one for each line.
_ENCODER: Final = json.JSONEncoder(default=str)
_FIELDS: Final = ("method", "route", "status", "ms")


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
        # ASCII: some readers of lines also break them at U+2028 and its like.
        return _ENCODER.encode(line)


class _RotatingFile(logging.handlers.RotatingFileHandler):
    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: N802 - its name there
        """Say whether the file is full; asked without formatting the line a second time."""
        del record
        return int(self.stream is not None and self.stream.tell() >= self.maxBytes)


def configure(logs_dir: Path) -> None:
    """Send all of this process's log records to ``server.jsonl`` in the folder."""
    logs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _RotatingFile(
        logs_dir / FILE_NAME, maxBytes=_MAX_BYTES, backupCount=_N_OLD_FILES, encoding="utf-8"
    )
    handler.setFormatter(JsonLines())
    # Other libraries' information may quote addresses and what was typed; their warnings count.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("workbench").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # Uvicorn reports a request's exception once more than we do, without the request's id.
    logging.getLogger("uvicorn.error").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Exception in ASGI application")
