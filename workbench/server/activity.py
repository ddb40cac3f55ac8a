"""Whether anybody needs the server."""

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class Activity:
    """Requests and streams that are open, and since when there are none.

    Used from the event loop's thread alone.

    Parameters
    ----------
    clock : seconds from any beginning, never going back.

    Attributes
    ----------
    n_open : requests in flight and event streams open.
    ending : the server is about to stop: streams end at their next event.
    told_to_stop : somebody asked for it, so that watchers do not start the server again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self.n_open = 0
        self.ending = False
        self.told_to_stop = False

    def open(self) -> None:
        """Note that a request begins."""
        self.n_open += 1

    def close(self) -> None:
        """Note that a request has been answered."""
        self.n_open -= 1
        self._last = self._clock()

    def idle_seconds(self, n_jobs: int) -> float:
        """Return for how long there has been neither a request nor a job.

        A job counts until the last look at which it ran, so look often.
        """
        if self.n_open or n_jobs:
            self._last = self._clock()
        return self._clock() - self._last


class Backoff:
    """When to try again what waits for somebody else: soon at first, then ever more rarely.

    Parameters
    ----------
    first_seconds, most_seconds : the wait doubles from the one to the other.
    clock : seconds from any beginning, never going back.
    """

    def __init__(
        self,
        first_seconds: float,
        most_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = self._wait = first_seconds
        self._most = most_seconds
        self._clock = clock
        self._next = clock() + first_seconds

    def is_due(self) -> bool:
        """Say whether it is time to look."""
        return self._clock() >= self._next

    def looked(self, *, waiting: bool) -> None:
        """Note that somebody looked, and whether anything was waiting."""
        self._wait = min(2 * self._wait, self._most) if waiting else self._first
        self._next = self._clock() + self._wait


class CountRequests:
    """ASGI middleware: tells the activity of each request, streams included.

    Parameters
    ----------
    app : what answers.
    activity : what is told.
    """

    def __init__(self, app: ASGIApp, activity: Activity) -> None:
        self._app = app
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request as open until its last byte is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._activity.open()
        try:
            await self._app(scope, receive, send)
        finally:
            self._activity.close()
