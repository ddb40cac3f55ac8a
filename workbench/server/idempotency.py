"""A request that is sent twice is done once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from workbench.core.wire import Wire
from workbench.workflows.home import Home

W = TypeVar("W", bound=Wire)


class _KeyLocks:
    """One lock a key in use, so that a retry waits for the first attempt's answer."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def __call__(self, key: str) -> Iterator[None]:
        with self._guard:
            lock, n_users = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = (lock, n_users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, n_users = self._locks.pop(key)
                if n_users > 1:
                    self._locks[key] = (lock, n_users - 1)


_in_use = _KeyLocks()


def once(home: Home, key: str | None, request: Any, kind: type[W], act: Callable[[], W]) -> W:
    """Act, or return the answer this key got before.

    Only answers are kept: an act that raises may be tried again with the same key.

    Parameters
    ----------
    key : the client's; without one the act is simply done.
    request : JSON; what the act depends on.
    kind : type of the answer.

    Raises
    ------
    ConflictError
        The key was used for another request.
    """
    if key is None:
        return act()
    with _in_use(key):
        known = home.database.read("idempotent_answer", {"key": key})
        # With a known key the work below is not run: write_once compares the requests.
        answer = None if known else act().model_dump(mode="json")
        return kind.model_validate(home.database.write_once(key, request, lambda _tx: answer))
