"""MLflow's own pages: a tracking server that is there, or a process of ours over the database."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from workbench.client.launch import without_tokens
from workbench.core.errors import TrackingUnavailableError
from workbench.core.settings import Settings

if TYPE_CHECKING:
    import httpx

# It takes about 20 s where nothing else runs.
START_SECONDS: Final = 180.0
_LOOK_SECONDS: Final = 0.5
_ANSWER_SECONDS: Final = 120.0
_CONNECT_SECONDS: Final = 10.0
_SHOWN_CHARACTERS: Final = 2_000
_HTTP: Final = ("http://", "https://")
_HERE: Final = "http://localhost"


class MlflowServer:
    """Requests to MLflow's server, which starts at the first of them.

    Parameters
    ----------
    settings : name the tracking URI. Where that is a tracking server's, none is started.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_remote = settings.tracking_uri.startswith(_HTTP)
        self._start: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._folder: Path | None = None
        self._client: httpx.AsyncClient | None = None

    async def is_ready(self) -> bool:
        """Return whether it answers; start it if nobody has.

        Raises
        ------
        TrackingUnavailableError
            The start failed, with MLflow's own words. The next question starts it again.
        """
        if self._is_remote:
            self._client = self._client or _client_of(self._settings.tracking_uri)
            return True
        if self._start is None:
            self._start = asyncio.create_task(self._run())
        if not self._start.done():
            return False
        if self._process is None or self._process.returncode is not None:
            failed = self._start.exception()
            await self.close()
            if failed is not None:
                raise failed
            # It was there and has ended.
            return await self.is_ready()
        return True

    @asynccontextmanager
    async def ask(
        self, method: str, path: str, *, query: str = "", content: bytes = b"", kind: str = ""
    ) -> "AsyncIterator[httpx.Response]":
        """Send a request to a server that is ready, and yield the answer before its body.

        Raises
        ------
        TrackingUnavailableError
            It does not answer, or lets nobody in.
        """
        import httpx

        if self._client is None:
            raise self._down("has ended")
        base = self._settings.tracking_uri.rstrip("/") if self._is_remote else _HERE
        headers = {"Accept-Encoding": "identity"} | ({"Content-Type": kind} if kind else {})
        try:
            request = self._client.build_request(
                method, f"{base}{path}?{query}" if query else f"{base}{path}",
                headers=headers, content=content or None,
            )  # fmt: skip
            response = await self._client.send(request, stream=True)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._down(f"does not answer ({type(error).__name__})") from error
        try:
            # A browser would take 401 for the end of its own login; a redirect leads elsewhere.
            if response.status_code in {401, 403, 407} or response.is_redirect:
                raise self._down(f"lets nobody in (status {response.status_code})")
            yield response
        except httpx.TransportError as error:
            raise self._down(f"ended in the middle ({type(error).__name__})") from error
        finally:
            await response.aclose()

    async def close(self) -> None:
        """End the process, and let go of the connections."""
        start, self._start = self._start, None
        client, self._client = self._client, None
        process, self._process = self._process, None
        if start is not None and not start.done():
            start.cancel()
            await asyncio.wait([start])
        if client is not None:
            await client.aclose()
        if process is not None:
            # The end of its standard input ends it and all that it has started.
            assert process.stdin is not None  # noqa: S101 - asked for below
            process.stdin.close()
            await process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    async def _run(self) -> None:
        import httpx

        self._folder = Path(tempfile.mkdtemp(prefix="workbench-mlflow-"))
        log, socket = self._folder / "log", self._folder / "s"
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "workbench.tracking.serve", str(socket)),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=without_tokens(os.environ) | self._settings.environment(),
                start_new_session=True,
            )
        transport = httpx.AsyncHTTPTransport(uds=str(socket), verify=False)
        self._client = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        )
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                raise self._failed("did not start", log)
            try:
                await self._client.get(f"{_HERE}/health")
            except httpx.TransportError:
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return
        error = self._failed(f"did not start within {START_SECONDS:.0f} s", log)
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.close()
        await self._process.wait()
        raise error

    def _failed(self, what: str, log: Path) -> TrackingUnavailableError:
        said = log.read_text(errors="replace").replace(self._settings.tracking_uri, "…")
        return TrackingUnavailableError(
            f"MLflow's server {what}",
            wanted="a tracking database that MLflow can open",
            next_step="read what it said, then try again",
            said=said[-_SHOWN_CHARACTERS:].strip(),
        )

    def _down(self, what: str) -> TrackingUnavailableError:
        parts = urlsplit(self._settings.tracking_uri)
        where = f"at {parts.hostname}" if self._is_remote else "of this home"
        step = "start it, or set WORKBENCH_TRACKING_URI" if self._is_remote else "try again"
        return TrackingUnavailableError(
            f"the MLflow server {where} {what}",
            wanted="a tracking server that answers",
            next_step=step,
        )


def _client_of(uri: str) -> "httpx.AsyncClient":
    """Return a client of a tracking server, with the login that MLflow's own client uses."""
    import httpx

    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    name = os.environ.get("MLFLOW_TRACKING_USERNAME")
    password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    return httpx.AsyncClient(
        headers={"Authorization": f"Bearer {token}"} if token else None,
        auth=(name, password) if name and not token and "@" not in uri else None,
        timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
    )
