"""What other threads finish, brought to the event loop many at a time."""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


async def arrival(done: "Future[T]") -> T:
    """Return what a future of another thread gets, or raise what it raises.

    ``asyncio.wrap_future`` wakes the loop for each one, and each time the thread that does it
    waits for the interpreter's lock again. Whoever goes away leaves the work as it is.
    """
    loop = asyncio.get_running_loop()
    arrivals = _OF_LOOPS.get(loop)
    if arrivals is None:
        arrivals = _OF_LOOPS[loop] = _Arrivals()
    waiting: asyncio.Future[T] = loop.create_future()
    done.add_done_callback(lambda _: arrivals.add(loop, waiting, done))
    return await waiting


class _Arrivals:
    """Futures that are done, until the loop looks."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._is_told = False

    def add(
        self,
        loop: asyncio.AbstractEventLoop,
        waiting: "asyncio.Future[Any]",
        done: "Future[Any]",
    ) -> None:
        """Note that one is done, from any thread."""
        self._pairs.append((waiting, done))
        # The loop unsets it before it looks: what comes too late for that look asks for another.
        if not self._is_told:
            self._is_told = True
            loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._is_told = False
        while self._pairs:
            waiting, done = self._pairs.popleft()
            if waiting.done():
                continue
            if (error := done.exception()) is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())


_OF_LOOPS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Arrivals]] = WeakKeyDictionary()
