"""The way from this process to the workbench server: found or started, with the home's token."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

from workbench import __version__
from workbench.client.answers import accepted
from workbench.client.launch import BASE_URL, bearer, check_version, ensure_server
from workbench.core.errors import (
    ForbiddenError,
    OtherVersionError,
    ServerUnavailableError,
    UnauthorizedError,
    WorkbenchError,
)
from workbench.core.keys import check_identity_name
from workbench.core.settings import Settings

if TYPE_CHECKING:
    import httpx

_CHUNK_BYTES: Final = 2**20
# The slowest answer is a page's work in a worker; streams have a heartbeat every few seconds.
_SILENCE_SECONDS: Final = 600.0
_CONNECT_SECONDS: Final = 10.0


class Server:
    """Requests to the home's server over its socket, from the event loop.

    The token is added here, to each request, and goes nowhere else.

    Parameters
    ----------
    settings : name the home.
    identity : what the server's queue calls the person unless a request says otherwise.
    """

    def __init__(self, settings: Settings, identity: str) -> None:
        self._settings = settings
        self._identity = check_identity_name(identity)
        self._client: httpx.AsyncClient | None = None
        self._lock = asyncio.Lock()
        self._is_ready = False

    @asynccontextmanager
    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
    ) -> "AsyncIterator[httpx.Response]":
        """Send a request and yield its answer, whatever that is, before its body is read.

        A server that is not there is started; then the request is sent once more if it never
        left, and if it only reads.

        Raises
        ------
        ServerUnavailableError
            It does not answer.
        OtherVersionError
            It is of another version than this extension.
        WorkbenchError
            It cannot be started, for the reason that it gave.
        """
        import httpx

        wanted = {"X-Workbench-Identity": quote(self._identity, safe="")} | dict(headers or {})
        # Both tries of a stream would begin in its middle.
        may_repeat = method == "GET" and not isinstance(content, AsyncIterator)
        for is_last in (False, True):
            try:
                await self._make_ready()
                request = self._open().build_request(
                    method,
                    f"{path}?{query}" if query else path,
                    headers=wanted | {"Accept-Encoding": "identity"} | bearer(self._settings),
                    content=content,
                )
                response = await self._open().send(request, stream=True)
            except httpx.ConnectError as error:
                # Nothing of the request has left.
                self._is_ready = False
                if is_last:
                    raise _down(error) from error
            except httpx.TransportError as error:
                self._is_ready = False
                if is_last or not may_repeat:
                    raise _down(error) from error
            else:
                break
        try:
            # 401 would tell the browser that its own login has ended.
            if response.status_code == httpx.codes.UNAUTHORIZED:
                self._is_ready = False
                raise self._not_let_in()
            try:
                # It may be another than the one that was found at first.
                check_version(response.headers.get("X-Workbench-Version", __version__))
            except OtherVersionError:
                self._is_ready = False
                raise
            yield response
        except httpx.TransportError as error:
            self._is_ready = False
            raise _down(error) from error
        finally:
            await response.aclose()

    async def store(self, path: Path) -> tuple[dict[str, Any], str]:
        """Send a file, and return the ``BlobView`` and the SHA-256 of what was sent."""
        sha256 = hashlib.sha256()
        size = (await asyncio.to_thread(path.stat)).st_size

        def read(stream: IO[bytes]) -> bytes:
            chunk = stream.read(_CHUNK_BYTES)
            sha256.update(chunk)
            return chunk

        async def chunks() -> AsyncIterator[bytes]:
            with path.open("rb") as stream:
                while chunk := await asyncio.to_thread(read, stream):
                    yield chunk

        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        async with self.ask("PUT", "/blobs", headers=headers, content=chunks()) as response:
            await response.aread()
            blob: dict[str, Any] = accepted(response).json()
        return blob, sha256.hexdigest()

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            transport = httpx.AsyncHTTPTransport(
                uds=str(self._settings.socket_path),
                verify=False,
                limits=httpx.Limits(max_connections=None, keepalive_expiry=30.0),
            )
            self._client = httpx.AsyncClient(
                transport=transport,
                base_url=BASE_URL,
                trust_env=False,
                timeout=httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS),
            )
        return self._client

    async def _make_ready(self) -> None:
        async with self._lock:
            if not self._is_ready:
                # Also sees to it that the socket, to which the token goes, is the person's own.
                try:
                    await asyncio.to_thread(ensure_server, self._settings)
                except UnauthorizedError as error:
                    raise self._not_let_in() from error
                self._is_ready = True

    def _not_let_in(self) -> WorkbenchError:
        if self._settings.access_token is None:
            return ServerUnavailableError(
                "the workbench server does not take the token of this home",
                wanted="the server of this home",
                next_step="repeat it in a moment; else: workbench server stop",
            )
        return ForbiddenError(
            "the workbench server does not take your access token any more",
            wanted="the token that an admin granted you, in WORKBENCH_TOKEN",
            next_step="ask an admin for another: workbench access grant NAME; then restart "
            "Jupyter. What was uploaded is kept",
            reason="token",
        )


def _down(error: Exception) -> ServerUnavailableError:
    return ServerUnavailableError(
        f"the workbench server ended in the middle of the request ({type(error).__name__})",
        wanted="an answer",
        next_step="try again: the server starts by itself; else look at: workbench server logs",
    )
