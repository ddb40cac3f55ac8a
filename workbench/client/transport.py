"""Ways to the server: over the home's socket, or in process for tests."""

import os
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from workbench.client.answers import accepted, messages
from workbench.client.launch import BASE_URL, bearer, ensure_server, http_client, server_status
from workbench.core.errors import (
    InvalidInputError,
    NotFoundError,
    ServerUnavailableError,
    UnauthorizedError,
)
from workbench.core.settings import Settings

if TYPE_CHECKING:
    import httpx

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# A request during which the server ends this often is what ends it.
_ATTEMPTS: Final = 6
_ANSWER_SECONDS: Final = 120.0
# The server says something in a stream every few seconds.
_SILENCE_SECONDS: Final = 30.0
_STORE_SECONDS: Final = 600.0
# A server that somebody stopped may be on its way back, such as after an upgrade.
_RESTART_SECONDS: Final = 15.0
_CHUNK_BYTES: Final = 2**18


class Transport:
    """Requests to the home's server over its socket; any thread may send them.

    A server that is not there is started, and one that ends in the middle of a request is
    started again and asked again: requests that change something carry a key that they keep,
    so that the server does them once.

    Parameters
    ----------
    settings : name the home.
    start : whether to start a server; without, one must be there.
    """

    def __init__(self, settings: Settings, *, start: bool = True) -> None:
        self._settings = settings
        self._start = start
        self._client = http_client(settings)
        self._lock = threading.Lock()
        self._is_ready = False

    @property
    def home(self) -> Path | None:
        """The home's folder."""
        return self._settings.home

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> "httpx.Response":
        """Send one request and return its successful response.

        Parameters
        ----------
        json, content : the body, as a JSON value or as bytes.
        timeout : seconds to wait for the answer; two minutes unless given.

        Raises
        ------
        WorkbenchError
            The server refused; of the class that it named.
        ServerUnavailableError
            It cannot be started, or does not answer in time.
        """
        kept = _keyed(method, headers)

        def send() -> "httpx.Response":
            return self._client.request(
                method,
                path,
                json=json,
                content=content,
                params=params,
                headers=kept | self._bearer(),
                timeout=timeout or _ANSWER_SECONDS,
            )

        return self._insist(f"{method} {path}", send)

    def upload(
        self,
        source: Path | Iterable[bytes],
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> dict[str, Any]:
        """Send a file in chunks and return its ``BlobView``.

        Parameters
        ----------
        source : a file, or chunks; chunks that can be iterated only once are not sent again
            when the server ends in the middle.
        on_progress : called with the number of bytes sent so far.
        """
        headers = _keyed("PUT", {"Content-Type": "application/octet-stream"})

        def put(chunks: Iterable[bytes], **more: str) -> "httpx.Response":
            return self._client.put(
                "/blobs",
                content=_reported(chunks, on_progress),
                headers=headers | more | self._bearer(),
                timeout=_STORE_SECONDS,
            )

        def send() -> "httpx.Response":
            if not isinstance(source, Path):
                return put(source)
            with _open_regular(source) as stream:
                size = os.fstat(stream.fileno()).st_size
                return put(_chunks(stream, size), **{"Content-Length": str(size)})

        attempts = 1 if isinstance(source, Iterator) else _ATTEMPTS
        blob: dict[str, Any] = self._insist("PUT /blobs", send, attempts=attempts).json()
        return blob

    def stream_events(self, path: str, after: int = -1) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (number, event) from the event after ``after`` until the job ends.

        A server that ends is started again, and the stream goes on behind the last event
        that was seen. One that somebody stopped is waited for, but not started.

        Raises
        ------
        ServerUnavailableError
            Somebody stopped the server and did not start it again.
        """
        import httpx

        n_failures = 0
        while n_failures < _ATTEMPTS:
            try:
                with self._watch(path, after) as lines:
                    for number, kind, event in messages(lines):
                        if kind == "stopped":
                            self._await_restart()
                            break
                        after, n_failures = number, 0
                        yield number, event
                        if event["type"] == "end":
                            return
            except httpx.TimeoutException:
                # Silence where there should be a heartbeat.
                pass
            except _lost():
                pass
            n_failures += 1
            self._is_ready = False
        raise _ends_again(f"GET {path}", n_failures)

    def close(self) -> None:
        """Let go of the connections; the server goes on."""
        self._client.close()

    def _insist(
        self, what: str, send: "Callable[[], httpx.Response]", *, attempts: int = _ATTEMPTS
    ) -> "httpx.Response":
        import httpx

        lost: Exception | None = None
        for attempt in range(attempts):
            self._make_ready()
            try:
                return accepted(send())
            except _lost() as error:
                lost = error
            except UnauthorizedError:
                # The home may have been deleted and made anew, with another token.
                if attempt > 0 or attempts == 1:
                    raise
            except httpx.TimeoutException as error:
                raise ServerUnavailableError(
                    f"the server did not answer {what} in time",
                    next_step="see what it does: workbench server status",
                ) from error
            self._is_ready = False
        raise _ends_again(what, attempts) from lost

    def _make_ready(self) -> None:
        if self._is_ready:
            return
        with self._lock:
            if self._is_ready:
                return
            if self._start:
                ensure_server(self._settings)
            elif server_status(self._settings) is None:
                raise ServerUnavailableError(
                    f"no server runs for {self._settings.home}",
                    next_step="start it: workbench server start",
                )
            self._is_ready = True

    def _bearer(self) -> dict[str, str]:
        return bearer(self._settings)

    @contextmanager
    def _watch(self, path: str, after: int) -> Iterator[Iterator[str]]:
        import httpx

        self._make_ready()
        timeout = httpx.Timeout(_ANSWER_SECONDS, read=_SILENCE_SECONDS)
        headers = self._bearer() | {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self._client.stream("GET", path, headers=headers, timeout=timeout) as response:
            yield accepted(response).iter_lines()

    def _await_restart(self) -> None:
        deadline = time.monotonic() + _RESTART_SECONDS
        while server_status(self._settings) is None:
            if time.monotonic() > deadline:
                raise ServerUnavailableError(
                    "somebody stopped the server",
                    wanted="a running server",
                    next_step="repeat the command: the server starts and the job goes on",
                )
            time.sleep(0.2)


class InProcessTransport(Transport):
    """The same requests, answered in this process; for tests.

    Parameters
    ----------
    app_client : Starlette's ``TestClient`` of the app, entered, with the token among its
        headers and ``raise_server_exceptions=False``.
    """

    def __init__(self, app_client: Any) -> None:
        import httpx

        self._app_client = app_client
        # TestClient speaks httpx's successor; requests and responses are carried across.
        self._client = httpx.Client(
            transport=httpx.MockTransport(self._forward), base_url=BASE_URL, trust_env=False
        )

    def _forward(self, request: "httpx.Request") -> "httpx.Response":
        import httpx

        asked = self._app_client.build_request(
            request.method,
            str(request.url),
            headers=request.headers.multi_items(),
            content=request.content,
        )
        answer = self._app_client.send(asked, stream=True)

        class Body(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield from answer.iter_raw()

            def close(self) -> None:
                # Here and now: left to the garbage collector, it might close in any thread.
                answer.close()

        return httpx.Response(
            answer.status_code, headers=answer.headers.multi_items(), stream=Body()
        )

    @property
    def home(self) -> Path | None:
        """Nothing: the app is here."""
        return None

    def _make_ready(self) -> None:
        """Do nothing: the app is here."""

    def _bearer(self) -> dict[str, str]:
        return {}


def _keyed(method: str, headers: Mapping[str, str] | None) -> dict[str, str]:
    kept = dict(headers or {})
    if method.upper() not in _SAFE:
        kept.setdefault("Idempotency-Key", uuid.uuid4().hex)
    return kept


def _lost() -> "tuple[type[httpx.TransportError], ...]":
    """Return what it looks like when a server ends, or is not there any more."""
    import httpx

    return (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)


def _ends_again(what: str, n_attempts: int) -> ServerUnavailableError:
    return ServerUnavailableError(
        f"the server ended {n_attempts} times in the middle of {what}",
        wanted="an answer",
        next_step="look at its log with: workbench server logs",
    )


def _open_regular(path: Path) -> IO[bytes]:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no file {path}", wanted="a file", next_step="check its name"
        ) from error
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error.strerror}", wanted="a file that you may read"
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInputError(f"{path} is no regular file", wanted="a file")
    return os.fdopen(descriptor, "rb")


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    # No more than was declared, even when somebody appends to the file meanwhile.
    while size > 0 and (chunk := stream.read(min(size, _CHUNK_BYTES))):
        size -= len(chunk)
        yield chunk
    if size:
        raise InvalidInputError(
            "the file became shorter while it was sent", wanted="a file at rest"
        )


def _reported(
    chunks: Iterable[bytes], on_progress: Callable[[int], None] | None
) -> Iterator[bytes]:
    sent = 0
    for chunk in chunks:
        yield chunk
        sent += len(chunk)
        if on_progress is not None:
            on_progress(sent)
