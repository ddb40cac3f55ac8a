"""The server process, from the open home to the closed one."""

import faulthandler
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Final

import anyio.to_thread
import uvicorn

from workbench.core.errors import WorkbenchError
from workbench.core.settings import Settings
from workbench.server import logs
from workbench.server.activity import Activity, Backoff
from workbench.server.app import create_app
from workbench.server.authentication import load_or_make_token
from workbench.server.lifecycle import HomeLock, listen
from workbench.server.protocol import HttpProtocol
from workbench.workflows.home import Home
from workbench.workflows.judging import judge_due
from workbench.workflows.merge import settle_bounties
from workbench.workflows.publish import publish_due
from workbench.workflows.settle import settle_due
from workbench.workflows.sweep import sweep

# The main loop ticks ten times a second.
_TICKS_BETWEEN_LOOKS: Final = 5
_TICKS_BETWEEN_SETTLEMENTS: Final = 10
_GRACE_SECONDS: Final = 15
_CLOSE_SECONDS: Final = 30
# An unreachable MLflow holds a worker for seconds; and a server that tries it more often than it
# may be idle would never stop.
_FIRST_RETRY_SECONDS: Final = 60.0
_MOST_RETRY_SECONDS: Final = 3600.0
# Longer than clients keep an unused connection, so that they close it first.
_KEEP_ALIVE_SECONDS: Final = 75
_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Uvicorn that stops when nobody needs it, and ends its streams when told to stop."""

    def __init__(
        self, config: uvicorn.Config, lock: HomeLock, home: Home, activity: Activity
    ) -> None:
        super().__init__(config)
        self._activity = activity
        self._lock = lock
        self._home = home
        self._retry = Backoff(_FIRST_RETRY_SECONDS, _MOST_RETRY_SECONDS)
        self._publishing_waits_until = 0.0

    def stop(self) -> None:
        """Finish the requests in flight and end."""
        self.should_exit = True

    async def main_loop(self) -> None:
        """Go on with unfinished jobs, then serve until there is a reason to stop."""
        await anyio.to_thread.run_sync(self._home.resume)
        # What was loaded stays: a collection that walks through it holds everybody up.
        gc.collect()
        gc.freeze()
        await super().main_loop()
        self._activity.ending = True
        gc.unfreeze()

    async def on_tick(self, counter: int) -> bool:
        """Say whether there is a reason to stop."""
        if await super().on_tick(counter):
            return True
        if self._retry.is_due():
            waiting = await anyio.to_thread.run_sync(self._home.log_pending)
            self._retry.looked(waiting=waiting)
        if counter % _TICKS_BETWEEN_SETTLEMENTS == 0:
            await anyio.to_thread.run_sync(self._settle)
            await anyio.to_thread.run_sync(self._publish)
        return counter % _TICKS_BETWEEN_LOOKS == 0 and self._is_done()

    def _settle(self) -> None:
        """Do what only had to wait: pay epochs and bounties, judge proposals again."""
        for due in (settle_due, settle_bounties, judge_due):
            try:
                due(self._home, datetime.now(UTC))
            except WorkbenchError:
                _log.exception("%s could not do what is due", due.__name__)

    def _publish(self) -> None:
        """Write again the published pages whose money has moved."""
        if time.monotonic() < self._publishing_waits_until:
            return
        try:
            publish_due(self._home)
        except WorkbenchError:
            self._publishing_waits_until = time.monotonic() + _FIRST_RETRY_SECONDS
            _log.exception("published pages that are out of date could not be written again")

    def _is_done(self) -> bool:
        if not self._lock.is_of_the_home():
            _log.warning("the home was removed")
            return True
        idle = self._activity.idle_seconds(self._home.jobs.n_running)
        return idle >= self._home.settings.idle_seconds

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT; unlike uvicorn, do not raise them again afterwards.

        The home is still to be closed then.
        """
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._told) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _told(self, number: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


def serve(settings: Settings, lock: HomeLock) -> None:
    """Serve the home until it is idle or told to stop; the lock is held all the while.

    Raises
    ------
    WorkbenchError
        The home cannot be opened; nothing listens.
    """
    logs.configure(settings.logs_dir)
    token = load_or_make_token(settings.token_path)
    home = Home.open(settings)
    try:
        _swept(home)
        listener = listen(settings.socket_path)
        try:
            _log.info("serving as process %d", os.getpid())
            _run(home, token, lock, listener)
        finally:
            # In a home that was made anew, the socket of that name is another server's.
            if lock.is_of_the_home():
                settings.socket_path.unlink(missing_ok=True)
            listener.close()
    finally:
        # Work that does not let go is left: everything acknowledged is on disk already.
        faulthandler.dump_traceback_later(_CLOSE_SECONDS, exit=True)
        home.close()
        faulthandler.cancel_dump_traceback_later()
        _log.info("stopped")


def _swept(home: Home) -> None:
    """Delete the files that nothing names: nobody is answered and no job runs yet."""
    try:
        n_files = sweep(home)
    except (OSError, WorkbenchError):
        # Files too many harm nobody.
        _log.exception("files that nothing names could not be deleted")
        return
    if n_files:
        _log.info("deleted %d files that nothing names", n_files)


def _run(home: Home, token: str, lock: HomeLock, listener: socket.socket) -> None:
    app = create_app(home, token, on_stop=lambda: server.stop())
    config = uvicorn.Config(
        app,
        lifespan="on",
        loop="asyncio",
        http=HttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, lock, home, app.state.activity)
    server.run(sockets=[listener])
