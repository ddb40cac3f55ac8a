"""A job: work that goes on in the server whether or not anybody watches."""

from collections.abc import Iterator
from typing import Any, Final

from workbench.client.connection import Api, join, message
from workbench.client.display import Column, Shown, Table, plain
from workbench.client.progress import Meter
from workbench.client.views import Carded, Watcher, live_card, widget
from workbench.core.errors import WorkbenchError
from workbench.core.wire import JobView, PriorityRequest

_FINISHED: Final = frozenset({"done", "failed", "cancelled"})


class Job(Carded, Shown):
    """One job of the server, from any process and at any time.

    Parameters
    ----------
    api : the way to the server.
    view : the job as it was last seen.
    """

    def __init__(self, api: Api, view: JobView) -> None:
        self._api = api
        self.view = view

    @property
    def id(self) -> str:
        """The job's id; ``bench.job(id)`` finds it again."""
        return self.view.id

    @property
    def state(self) -> str:
        """``queued``, ``running``, ``done``, ``failed`` or ``cancelled``, as last seen."""
        return self.view.state

    @property
    def result(self) -> dict[str, Any]:
        """What the job made; empty until it is done."""
        return self.view.result or {}

    def refresh(self) -> "Job":
        """Ask the server how the job stands."""
        self.view = self._api.get(JobView, "jobs", self.id)
        return self

    def cancel(self) -> "Job":
        """Ask the server to stop the job; what it has stored stays."""
        self.view = self._api.post(JobView, "jobs", self.id, "cancellation")
        return self

    def stop(self) -> "Job":
        """Ask a fine-tune to end its training early and keep the best adapter so far.

        The job goes on: it measures, records and logs the model as if its steps were over.

        Raises
        ------
        InvalidMoveError
            The job has not started, or is no fine-tune of a language model.
        """
        self.view = self._api.post(JobView, "jobs", self.id, "stop")
        return self

    def change_priority(self, priority: str) -> "Job":
        """Have a queued job run sooner or later: ``"low"``, ``"normal"`` or ``"high"``.

        Raises
        ------
        InvalidMoveError
            The job is not queued any more.
        """
        body = message(PriorityRequest, priority=priority)
        self.view = self._api.post(JobView, "jobs", self.id, "priority", body=body)
        return self

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield every event from the first, until the job has ended."""
        path, last = join("jobs", self.id, "events"), -1
        while True:
            for number, event in self._api.connection.stream_events(path, after=last):
                last = number
                yield event
            # An end in the middle belongs to an attempt before; the state says which it is.
            if self.refresh().state in _FINISHED:
                return

    def wait(self) -> "Job":
        """Return the job once it is done, with a bar if that takes longer than a second.

        Interrupting the kernel or the terminal stops watching; the job goes on.

        Raises
        ------
        WorkbenchError
            The job failed or was cancelled: its own error, with the job's id in the facts.
        """
        if self.refresh().state not in _FINISHED:
            self._watch()
        if self.view.problem is not None:
            raise WorkbenchError.from_problem(self.view.problem).with_facts(job=self.id)
        return self

    def _watch(self) -> None:
        try:
            with self._watcher() as watcher:
                for event in self.events():
                    watcher.event(event)
        except KeyboardInterrupt as interrupt:
            # A traceback shows notes, in a notebook too; the terminal's door prints them alone.
            interrupt.add_note(self._how_to_come_back())
            raise

    def _watcher(self) -> Watcher:
        # Only a training has a curve to watch; other work is told by its bar.
        if self.view.verb == "train" and self._api.make_display is None:
            card = live_card(self)
            if card is not None:
                return card
        return Meter(self.view.verb, self._api.make_display)

    def _how_to_come_back(self) -> str:
        short = self.id[:12]
        return (
            f"Stopped watching; the server goes on with {self.view.verb} {short}.\n"
            f"Watch again:  bench.job({short!r}).wait()    or  workbench job watch {short}\n"
            f"End early:    bench.job({short!r}).stop()    or  workbench job stop {short}\n"
            f"Cancel:       bench.job({short!r}).cancel()  or  workbench job cancel {short}"
        )

    def _card(self) -> object:
        return widget("JobCard", self)

    def _table(self) -> Table:
        view = self.view
        problem = view.problem or {}
        said = [str(problem[k]) for k in ("detail", "wanted", "next_step") if problem.get(k)]
        rows = [
            ["task", view.task or ""],
            ["state", view.state],
            ["priority", view.priority],
            ["asked for by", view.requested_by or ""],
            ["asked for", f"{view.created_at:%Y-%m-%d %H:%M:%S %Z}"],
            *([["result", ", ".join(f"{k} {plain(str(v))}" for k, v in self.result.items())]]
              if self.result else []),
        ]  # fmt: skip
        columns = [Column("job"), Column(view.id[:12])]
        return Table(f"{view.verb} {view.id[:12]}", columns, rows, said)
