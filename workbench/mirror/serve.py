"""A mirror over HTTP, on this machine alone: what its manifest names, and nothing else."""

import shutil
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from workbench.core.errors import ConflictError, NotFoundError, WorkbenchError
from workbench.mirror.manifest import NAME, Manifest

HOST: Final = "127.0.0.1"
_NAMES_OF_HOST: Final = frozenset({HOST, "localhost"})
_START: Final = "pages/index.html"
_SECONDS: Final = 30.0
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
}
# Pages of somebody else's: no script, no form, no other origin.
_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline' 'self'; "
    "img-src data: 'self'; font-src data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class MirrorServer(ThreadingHTTPServer):
    """Serves a folder with a mirror to this machine; it listens once it is made.

    Parameters
    ----------
    folder : of the mirror.
    port : 0 takes a free one.

    Raises
    ------
    NotFoundError
        The folder holds no mirror.
    ConflictError
        The port is taken.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        if not (folder / NAME).is_file():
            raise NotFoundError(
                f"{folder} holds no mirror of a home",
                wanted=f"a folder with {NAME}",
                next_step=f"workbench mirror export {folder}",
            )
        Manifest.read((folder / NAME).read_bytes())
        try:
            super().__init__((HOST, port), partial(_Handler, folder))
        except OSError as error:
            raise ConflictError(
                f"the port {port} cannot be used: {error.strerror}",
                wanted="a free port",
                next_step="name another one with --port",
            ) from error

    @property
    def url(self) -> str:
        """The mirror's address."""
        return f"http://{HOST}:{self.server_port}"


@lru_cache(maxsize=1)
def _names(manifest: Path, _changed: int, _n_bytes: int) -> frozenset[str]:
    """Return what a manifest names; read again once the file has changed."""
    return frozenset({NAME, *Manifest.read(manifest.read_bytes()).files})


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; http.server answers 501 to everything else."""

    timeout = _SECONDS
    server_version = "workbench"
    sys_version = ""

    def __init__(self, folder: Path, *args: Any) -> None:
        self._folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send what would be said of a file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
        """Say nothing: who reads what is nobody's business."""

    def _answer(self, *, with_body: bool) -> None:
        # Another name that leads to this machine is a page of another site that asks.
        if (self.headers.get("Host") or "").partition(":")[0] not in _NAMES_OF_HOST:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = self._path()
        try:
            stream = path.open("rb") if path else None
        except OSError:
            stream = None
        if path is None or stream is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with stream:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", _TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(path.stat().st_size))
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                shutil.copyfileobj(stream, self.wfile)

    def _path(self) -> Path | None:
        """Return the file that is asked for, if the manifest names it and it is a file."""
        name = unquote(urlsplit(self.path).path).lstrip("/") or _START
        manifest = self._folder / NAME
        try:
            status = manifest.stat()
            named = _names(manifest, status.st_mtime_ns, status.st_size)
        except (OSError, WorkbenchError):
            return None
        path = self._folder / name if name in named else None
        if path is None or path.is_symlink() or not path.is_file():
            return None
        # No folder on the way leads out either.
        return path if path.resolve().is_relative_to(self._folder.resolve()) else None
