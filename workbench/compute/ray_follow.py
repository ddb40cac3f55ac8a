"""What is watched while a job runs elsewhere: the wish to stop, and the coalition it is at."""

import time
from collections.abc import Callable
from typing import Any, Final

from workbench.compute.limits import CHECK_SECONDS, GRACE_SECONDS, cancelled_error
from workbench.core.errors import JobCancelledError, WorkbenchError
from workbench.core.jobs import Event, JobSpec

_GIVE_UP_SECONDS: Final = 2 * GRACE_SECONDS


class Stop:
    """Somebody's wish that a job ends.

    Parameters
    ----------
    cancelled : whether there is one; asked ten times a second.
    cancel : passes it on, once.
    """

    def __init__(self, cancelled: Callable[[], bool], cancel: Callable[[], None]) -> None:
        self._cancelled = cancelled
        self._cancel = cancel
        self._next = time.monotonic()
        self._give_up_at: float | None = None

    def check(self) -> None:
        """Raise JobCancelledError when a job that was asked to stop does not answer."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + CHECK_SECONDS
        if self._give_up_at is None:
            if self._cancelled():
                self._cancel()
                self._give_up_at = now + _GIVE_UP_SECONDS
        elif now >= self._give_up_at:
            raise cancelled_error()

    def finish(self) -> None:
        """Raise JobCancelledError if the job was asked to stop, however it ended."""
        if self._give_up_at is not None:
            raise cancelled_error()


class Told:
    """What a job has told.

    Parameters
    ----------
    spec : the job.
    on_event : who is told next.
    """

    def __init__(self, spec: JobSpec, on_event: Callable[[Event], None]) -> None:
        coalitions = spec.parameters.get("coalitions")
        self._coalitions = list(coalitions) if isinstance(coalitions, list) else []
        self._on_event = on_event
        self._done: set[Any] = set()

    def start(self) -> None:
        """Begin anew: a further attempt tells everything again."""
        self._done.clear()

    def pass_on(self, event: Event) -> None:
        """Note an event and tell it."""
        if event["type"] == "utility":
            self._done.add(event.get("coalition"))
        self._on_event(event)

    def name_coalition(self, error: WorkbenchError) -> None:
        """Add the first coalition without a utility to the facts of a failed job."""
        left = [coalition for coalition in self._coalitions if coalition not in self._done]
        if left and not isinstance(error, JobCancelledError):
            error.facts.setdefault("coalition", left[0])
