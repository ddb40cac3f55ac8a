"""Requests of the page to the server, and its answers and event streams back."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from jupyter_server.utils import url_path_join
from tornado import web
from tornado.iostream import StreamClosedError

from workbench.core.errors import TooLargeError
from workbench.lab.allowed import allowed_path
from workbench.lab.handler import StreamedHandler
from workbench.lab.people import asking
from workbench.lab.server import Server

_SENT_ON: Final = (
    "Accept",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "X-Workbench-Identity",
    "X-Workbench-Priority",
)
_SENT_BACK: Final = ("Content-Type", "X-Request-ID", "X-Accel-Buffering")
# Whatever else the server might come to answer with is shown by no browser.
_SHOWN: Final = (
    "application/json",
    "application/problem+json",
    "application/vnd.apache.arrow.stream",
    "text/event-stream",
)
_MAX_QUERY: Final = 4_096
# Of Jupyter itself; Lab also adds the time, as a name, against caches.
_JUPYTERS: Final = frozenset({"token", "_xsrf"})


@web.stream_request_body
class ProxyHandler(StreamedHandler):
    """One request of the list, sent on with the home's token."""

    def initialize(self, *args: object, **kwargs: object) -> None:
        """Begin with an empty body."""
        super().initialize(*args, **kwargs)
        self._body = bytearray()

    async def admit(self) -> None:
        """Refuse what is not in the list before its body is read."""
        prefix = url_path_join(self.base_url, "workbench/api")
        self._path = allowed_path(self.request.method or "", self.request.path[len(prefix) :])
        self._query = passed_query(self.request.query)

    async def take(self, chunk: bytes) -> None:
        """Keep the next bytes; ``check_length`` bounds them."""
        self._body += chunk

    @web.authenticated
    async def get(self) -> None:
        """Send the request on, and the answer back as it comes."""
        server: Server = self.settings["workbench_server"]
        headers = {n: v for n in _SENT_ON if (v := self.request.headers.get(n)) is not None}
        headers |= asking(self.current_user)
        async with server.ask(
            self.request.method or "",
            self._path,
            query=self._query,
            headers=headers,
            content=bytes(self._body) or None,
        ) as response:
            self.set_status(response.status_code)
            for name in _SENT_BACK:
                if (value := response.headers.get(name)) is not None:
                    self.set_header(name, value)
            kind = response.headers.get("Content-Type", "").partition(";")[0]
            if kind not in _SHOWN:
                self.set_header("Content-Type", "application/octet-stream")
            try:
                await self.flush()
                async for chunk in response.aiter_raw():
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:
                # The page went away; leaving the block ends the stream behind, too.
                return
            self.finish()

    post = get


def passed_query(text: str, longest: int = _MAX_QUERY) -> str:
    """Return the query for the server, without what Jupyter itself reads in it.

    Raises
    ------
    TooLargeError
        It is longer than that.
    """
    if len(text) > longest:
        raise TooLargeError(f"the query has {len(text)} characters", wanted=f"at most {longest}")
    given = parse_qsl(text, keep_blank_values=True)
    return urlencode([(n, v) for n, v in given if n not in _JUPYTERS and not n.isdigit()])
