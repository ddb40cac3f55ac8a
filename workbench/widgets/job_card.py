"""A job's card: how far it is, its curve, its end."""

import threading
import time
from datetime import UTC, datetime
from typing import Any, Final

import traitlets

from workbench.client.job import Job
from workbench.core.errors import WorkbenchError
from workbench.widgets.card import Card

_ENDED: Final = frozenset({"done", "failed", "cancelled"})
_SECONDS_BETWEEN: Final = 0.5
# A curve needs no more to be drawn, and every change sends all that are kept.
_MOST_POINTS: Final = 200
_MOST_NOTES: Final = 20
_CURVES: Final = frozenset({"metric", "evaluation"})


class JobCard(Card):
    """Shows a job live in a notebook's cell.

    In JupyterLab and Notebook 7 the card asks the server itself and can cancel the job; in
    Voilà it shows what the kernel tells it. The job goes on when the card is closed.

    Parameters
    ----------
    job : of ``bench.job(id)``.
    watch : follow the job; without it the card shows what ``hear`` is told.

    Attributes
    ----------
    job : JobView as JSON; from the kernel to the page.
    events : of docs/events.md, thinned to what the card shows; from the kernel to the page.
    as_of : when that was so, ISO 8601; from the kernel to the page.
    """

    view = traitlets.Unicode("job").tag(sync=True)
    job = traitlets.Dict().tag(sync=True)
    events = traitlets.List().tag(sync=True)
    as_of = traitlets.Unicode().tag(sync=True)

    def __init__(self, job: Job, *, watch: bool = True) -> None:
        self._watched = job
        self._kept: list[dict[str, Any]] = []
        self._told_at = time.monotonic()
        super().__init__(job=job.view.model_dump(mode="json"), as_of=_now())
        self._watcher = threading.Thread(target=self._watch, name="job-card", daemon=True)
        if watch:
            self._watcher.start()

    def wait(self) -> "JobCard":
        """Return when the card shows the job's end, or that it cannot be watched any more."""
        if self._watcher.ident is not None:
            self._watcher.join()
        return self

    def hear(self, event: dict[str, Any]) -> None:
        """Take one event in, and show it within half a second of the last."""
        self._kept = add(self._kept, event)
        if time.monotonic() - self._told_at >= _SECONDS_BETWEEN:
            self._told_at = time.monotonic()
            self._tell(self._kept)

    def finish(self) -> None:
        """Show how the job stands now; a server that is gone leaves the card as it was."""
        try:
            self._watched.refresh()
        except WorkbenchError:
            return
        self._tell(self._kept)

    def _watch(self) -> None:
        try:
            for event in self._watched.events():
                self.hear(event)
        except WorkbenchError:
            # The server is gone: the card keeps what was so, and says since when.
            return
        self.finish()

    def _tell(self, events: list[dict[str, Any]]) -> None:
        with self.hold_sync():
            self.job = self._watched.view.model_dump(mode="json")
            self.events = events
            self.as_of = _now()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the job as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        bundle |= {"text/html": self._watched._repr_html_(), "text/plain": repr(self._watched)}
        return bundle, metadata


def add(events: list[dict[str, Any]], event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events that a card needs after one more: few, however long the job.

    Of progress the last, of notes the last twenty, of a curve at most 200 points: past that,
    every second one is left out.
    """
    kind = event["type"]
    if kind == "progress":
        return [e for e in events if e["type"] != "progress"] + [event]
    if kind not in _CURVES | {"note"}:
        return events
    same = [e for e in events if _curve(e) == _curve(event)]
    others = [e for e in events if _curve(e) != _curve(event)]
    if kind == "note":
        return [*others, *same[-(_MOST_NOTES - 1) :], event]
    if len(same) >= _MOST_POINTS:
        same = same[::2]
    return [*others, *same, event]


def _curve(event: dict[str, Any]) -> tuple[str, str]:
    return event["type"], event.get("on", "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
