"""Which queued job runs next: by priority, then fair to people, then by age."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from workbench.core.wire import Priority

LEVELS: Final[Mapping[Priority, int]] = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True)
class Asking:
    """Who asks for a job, and how soon it should run; no part of what the job is.

    Attributes
    ----------
    person : what the client calls the person: a label, not an authentication.
    priority : among the jobs that wait.
    """

    person: str | None = None
    priority: Priority = "normal"


NOBODY: Final = Asking()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A queued job.

    Attributes
    ----------
    job : its id.
    person : who asked for it; None counts as one person of that name.
    priority : higher goes first.
    number : counts the jobs that were put; the lower is older.
    """

    job: str
    person: str | None
    priority: int
    number: int


def priority_of(level: int) -> Priority:
    """Return the name of a priority."""
    return next(name for name, known in LEVELS.items() if known == level)


class Scheduler:
    """A few threads that do queued jobs.

    Parameters
    ----------
    work : does one job, in a thread of ours.
    n_threads : jobs that run at the same time.
    per_person : of one person at most; what is more waits, and others go first.
    """

    def __init__(self, work: Callable[[str], None], *, n_threads: int, per_person: int) -> None:
        self._work = work
        self._per_person = per_person
        self._waiting: dict[str, Waiting] = {}
        self._running: Counter[str | None] = Counter()
        self._n_put = 0
        self._is_closed = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._serve, name=f"job-{number}", daemon=True)
            for number in range(n_threads)
        ]

    def __len__(self) -> int:
        """Jobs queued or running."""
        with self._changed:
            return len(self._waiting) + self._running.total()

    def put(self, job: str, person: str | None, priority: int) -> None:
        """Queue a job; nothing happens once the scheduler is closed."""
        with self._changed:
            if self._is_closed:
                return
            if not self._n_put:
                for thread in self._threads:
                    thread.start()
            self._n_put += 1
            self._waiting[job] = Waiting(job, person, priority, self._n_put)
            self._changed.notify_all()

    def remove(self, job: str) -> bool:
        """Take a job out of the queue; return whether it was still there."""
        with self._changed:
            return self._waiting.pop(job, None) is not None

    def change_priority(self, job: str, priority: int) -> bool:
        """Give a queued job another priority; return whether it was still queued."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting[job] = replace(self._waiting[job], priority=priority)
            return True

    def close(self) -> None:
        """Start nothing more."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for what runs to end."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            try:
                self._work(taken.job)
            except Exception:  # noqa: BLE001 - whatever it is, other jobs wait
                # Such as a full disk, on which not even the failure could be recorded.
                _log.exception("job %s broke, and could not say so", taken.job)
            finally:
                with self._changed:
                    self._running[taken.person] -= 1
                    self._changed.notify_all()

    def _take(self) -> Waiting | None:
        with self._changed:
            while not self._is_closed:
                if (following := self._next()) is not None:
                    del self._waiting[following.job]
                    self._running[following.person] += 1
                    return following
                self._changed.wait()
            return None

    def _next(self) -> Waiting | None:
        allowed = [
            one for one in self._waiting.values() if self._running[one.person] < self._per_person
        ]
        return min(
            allowed,
            key=lambda one: (-one.priority, self._running[one.person], one.number),
            default=None,
        )
