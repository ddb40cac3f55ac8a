"""What a task's owners are worth, live: values narrow down, and what they would pay."""

import threading
from datetime import UTC, datetime
from typing import Any

import traitlets

from workbench.client.bench import Bench
from workbench.client.job import Job
from workbench.client.study import Study
from workbench.client.task import Task
from workbench.core.errors import WorkbenchError
from workbench.core.wire import JobView, LookRow, PayoutsView
from workbench.widgets.card import Card

_RUNNING = frozenset({"queued", "running"})


class ValueCard(Card):
    """Shows a task's newest valuation in a notebook's cell, live while it goes on.

    In JupyterLab and Notebook 7 the card asks the server itself, and can start and cancel a
    valuation; in Voilà it shows what the kernel tells it.

    Parameters
    ----------
    bench : the way to the home.
    task : the task, or its id.

    Attributes
    ----------
    task : the task's id; from the kernel to the page.
    told : task, study, looks, job, progress and payouts, as JSON; from the kernel to the page.
    as_of : when that was so, ISO 8601; from the kernel to the page.
    """

    view = traitlets.Unicode("value").tag(sync=True)
    task = traitlets.Unicode().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    as_of = traitlets.Unicode().tag(sync=True)

    def __init__(self, bench: Bench, task: Task | str) -> None:
        self._bench = bench
        self._task = bench.task(task)
        self._study: Study | None = None
        job = self._job()
        super().__init__(task=self._task.id, told=self._tell(job, None), as_of=_now())
        self._watcher = threading.Thread(
            target=self._watch, args=(job,), name="value-card", daemon=True
        )
        self._watcher.start()

    def wait(self) -> "ValueCard":
        """Return when the card shows the end of the valuation that was going on."""
        self._watcher.join()
        return self

    def _job(self) -> JobView | None:
        jobs = self._bench.api.get_all(JobView, "jobs", params={"task": self._task.id})
        values = [job for job in jobs if job.verb == "value"]
        return values[-1] if values else None

    def _tell(self, job: JobView | None, progress: dict[str, Any] | None) -> dict[str, Any]:
        self._study = _worth_showing(self._bench.studies(self._task), job)
        looks: list[LookRow] = []
        payouts: PayoutsView | None = None
        if self._study is not None:
            looks = self._bench.api.get_all(LookRow, "valuations", self._study.id, "looks")
            if self._study.view.state == "sealed":
                payouts = self._payouts(self._study)
        return {
            "task": self._task.view.model_dump(mode="json"),
            "study": None if self._study is None else self._study.view.model_dump(mode="json"),
            "looks": [look.model_dump(mode="json") for look in looks],
            "job": None if job is None else job.model_dump(mode="json"),
            "progress": progress,
            "payouts": None if payouts is None else payouts.model_dump(mode="json"),
        }

    def _payouts(self, study: Study) -> PayoutsView | None:
        try:
            return self._bench.payouts(study).view
        except WorkbenchError:
            # An empty pool pays nobody; the values are shown all the same.
            return None

    def _watch(self, job: JobView | None) -> None:
        if job is None or job.state not in _RUNNING:
            return
        progress: dict[str, Any] | None = None
        try:
            watched = Job(self._bench.api, job)
            for event in watched.events():
                if event["type"] == "progress":
                    progress = event
                    self._update(self.told | {"progress": progress})
                if event["type"] == "look":
                    self._update(self._tell(watched.refresh().view, progress))
            self._update(self._tell(watched.refresh().view, None))
        except WorkbenchError:
            # The server is gone: the card keeps what was so, and says since when.
            return

    def _update(self, told: dict[str, Any]) -> None:
        with self.hold_sync():
            self.told = told
            self.as_of = _now()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the study as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        shown = self._task if self._study is None else self._study
        bundle |= {"text/html": shown._repr_html_(), "text/plain": repr(shown)}
        return bundle, metadata


def _worth_showing(studies: list[Study], job: JobView | None) -> Study | None:
    """Return the newest study while it goes on, else the newest that is sealed."""
    sealed = [one for one in studies if one.view.state == "sealed"]
    is_running = job is not None and job.state in _RUNNING
    # One that was stopped would hide what can be paid by.
    found = sealed if sealed and not is_running else studies
    return found[-1] if found else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
