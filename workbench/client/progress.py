"""Progress of long work, where the person is: a terminal, a notebook, a log, or nowhere."""

import html
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)

from workbench.client.display import plain

# Work that is over sooner needs no bar.
_QUIET_SECONDS: Final = 1.0


class Display(Protocol):
    """Something that shows how far work has come."""

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        """Show ``done`` of ``total`` of the work named ``label``; total 0 is unknown.

        ``left`` says in words how long it will take still, or nothing.
        """
        ...

    def close(self) -> None:
        """Leave the screen tidy."""
        ...


class Meter:
    """Shows work on a display that opens only when the work takes longer than a second.

    Parameters
    ----------
    label : what the work is called until an event says otherwise.
    make_display : opens the display; ``None`` for the one that fits where we are.
    """

    def __init__(self, label: str, make_display: Callable[[], Display] | None = None) -> None:
        self.label = label
        self._state: tuple[str, float, float, str, str] = (label, 0.0, 0.0, "", "")
        self._started = (time.monotonic(), 0.0)
        self._seconds_left: float | None = None
        self._make_display = make_display or choose_display()
        self._display: Display | None = None
        self._opens_at = time.monotonic() + _QUIET_SECONDS
        self._lock = threading.Lock()
        self._timer = threading.Timer(_QUIET_SECONDS, self._redraw)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        # Cells of a notebook are drawn from their own thread only, hence upon events.
        if not in_notebook():
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._opens_at = float("inf")
            if self._display is not None:
                self._display.close()
                self._display = None

    def event(self, event: dict[str, Any]) -> None:
        """Show one event of a job."""
        label, done, total, note, _ = self._state
        match event:
            case {"type": "progress", "done": done_, "total": total_, "label": label_}:
                self._seconds_left = event.get("seconds_left")
                self.update(str(label_), done_, total_, note if label_ == label else "")
            case {"type": "metric", "loss": loss, "tokens_per_second": speed}:
                self.update(label, done, total, f"loss {loss:.3f}, {speed:,.0f} tokens/s")
            case {"type": "evaluation", "loss": loss, "on": on} if done < total:
                self.update(label, done, total, f"loss {loss:.3f} on {on}")
            case {"type": "note", "message": message} if done < total:
                self.update(label, done, total, str(message))
            case {"type": "note", "message": message}:
                # What was counted is over: the note names what goes on now, uncounted.
                self._seconds_left = None
                self.update(str(message), 0, 0)

    def update(self, label: str, done: float, total: float, note: str = "") -> None:
        """Show ``done`` of ``total``."""
        if label != self._state[0]:
            self._started = (time.monotonic(), done)
        if self._seconds_left is None:
            left = time_left(self._started, done, total)
        else:
            left = in_words(self._seconds_left)
        self._state = (label, done, total, note, left)
        self._redraw()

    def _redraw(self) -> None:
        with self._lock:
            if time.monotonic() < self._opens_at:
                return
            if self._display is None:
                self._display = self._make_display()
            self._display.update(*self._state)


class Bar:
    """A bar with time left, on the terminal behind standard error."""

    def __init__(self, console: Console) -> None:
        self._progress = make_bar(console)
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        """Move the bar; another label begins another one."""
        if label not in self._tasks:
            # What is over need not stay on the screen beside what runs now.
            for task in self._tasks.values():
                self._progress.update(task, visible=False)
            self._tasks[label] = self._progress.add_task(
                plain(label), total=total or None, note="", left=""
            )
        self._progress.update(
            self._tasks[label], completed=done, total=total or None, note=plain(note), left=left
        )

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class Lines:
    """A line for every tenth of the work, or for work that is not counted; for logs and pipes."""

    def __init__(self) -> None:
        self._label = ""
        self._tenth = 0

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        """Print a line if another tenth is done, or something new begins uncounted."""
        if label != self._label:
            self._label, self._tenth = label, 0
            if not total:
                sys.stderr.write(f"{plain(label)} …\n")
        tenth = int(10 * done / total) if total else 0
        if tenth > self._tenth:
            self._tenth = tenth
            parts = [f"{plain(label)}: {10 * tenth} %", left, plain(note)]
            sys.stderr.write(", ".join(part for part in parts if part) + "\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Nothing is left to tidy."""


class NotebookBar:
    """A native progress element in the cell's output, redrawn in place; no widgets needed."""

    def __init__(self) -> None:
        from IPython.display import DisplayHandle

        self._handle = DisplayHandle()
        self._shown = False
        self._label = ""
        self._drawn_at = 0.0

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        """Redraw, at most five times a second."""
        now = time.monotonic()
        if label != self._label:
            self._label = label
        elif now - self._drawn_at < 0.2 and done < total:
            return
        self._drawn_at = now
        self._draw(bar_html(label, done, total, note, left))

    def close(self) -> None:
        """Empty the bar's place; the result follows below."""
        if self._shown:
            self._draw("")

    def _draw(self, content: str) -> None:
        bundle = {"text/html": content, "text/plain": ""}
        if self._shown:
            self._handle.update(bundle, raw=True)
        else:
            self._handle.display(bundle, raw=True)
        self._shown = True


class Silent:
    """Shows nothing."""

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing was shown."""


def choose_display() -> Callable[[], Display]:
    """Return what opens the display that fits: notebook, terminal, log, or none.

    ``WORKBENCH_PROGRESS`` chooses one: ``bar``, ``lines`` or ``none``.
    """
    choice = os.environ.get("WORKBENCH_PROGRESS", "")
    if choice == "none":
        return Silent
    if choice != "lines" and in_notebook():
        return NotebookBar
    console = Console(stderr=True)
    if choice == "bar" or (choice != "lines" and console.is_terminal):
        return lambda: Bar(console)
    return Lines


def in_notebook() -> bool:
    """Return whether output goes to a notebook's cell."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def make_bar(console: Console) -> Progress:
    """Return the bar all our terminals show: what, how far, time left, a note."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        TextColumn("{task.fields[note]}", markup=False, style="dim"),
        console=console,
        transient=True,
    )


def bar_html(label: str, done: float, total: float, note: str, left: str) -> str:
    """Return a progress element; a screen reader says its label and percentage."""
    name = html.escape(plain(label))
    known = f' value="{done:g}" max="{total:g}"' if total else ""
    percent = f"{100 * done / total:.0f} %" if total else ""
    tail = " · ".join(html.escape(plain(part)) for part in (percent, left, note) if part)
    return f'<div role="status"><label>{name} <progress{known}></progress></label> {tail}</div>'


def time_left(started: tuple[float, float], done: float, total: float) -> str:
    """Return "about 2 min left" from when and where the work was first seen, or nothing."""
    at, begin = started
    elapsed = time.monotonic() - at
    if done <= begin or total <= 0 or elapsed < 0.5:
        return ""
    return in_words(elapsed / (done - begin) * (total - done))


def in_words(seconds: float) -> str:
    """Return "about 2 min left"."""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"
