"""The part of ``Bench`` that compares models."""

from collections.abc import Sequence
from typing import Any

from workbench.client.comparison import Comparison
from workbench.client.connection import Api, message
from workbench.client.job import Job
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError
from workbench.core.wire import CompareRequest, JobView, RunView, TaskView

Named = Run | str | None


class Comparisons:
    """What ``Bench`` does with models side by side.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def compare(self, *models: Named | Sequence[Named], on: Task | str | None = None) -> Comparison:
        """Compare models on a task's hidden test; the first is what others are held against.

        Nobody reads hidden rows through it: items that models disagree on are named by their
        place and a digest, and slices by sources and classes alone.

        Parameters
        ----------
        *models : runs, model digests, ``"base"`` or ``"champion"``, one by one or as a list; up
            to 32.
        on : the task; known from a run unless given.

        Raises
        ------
        InvalidInputError
            No task is known, or a model does not exist yet.
        """
        named: list[Any] = []
        for given in models:
            named += [given] if given is None or isinstance(given, Run | str) else list(given)
        known = on or next((m.view.task for m in named if isinstance(m, Run)), None)
        if known is None:
            raise InvalidInputError("no task is named", wanted="on=… beside model digests")
        found = self.api.get(TaskView, "tasks", known.id if isinstance(known, Task) else known)
        digests = [m.model if isinstance(m, Run) else m for m in named]
        digests = [found.champion if name == "champion" else name for name in digests]
        if not digests or None in digests:
            raise InvalidInputError(
                "one of the models does not exist yet",
                wanted="runs, digests or 'base'",
                next_step="train first: bench.train(task)",
            )
        request = message(CompareRequest, models=digests)
        view = self.api.post(JobView, "tasks", found.id, "comparisons", body=request)
        done = Job(self.api, view).wait()
        return self.comparison(str(done.result["run"]))

    def comparison(self, id: str) -> Comparison:
        """Return a comparison by its id or the beginning of it.

        Raises
        ------
        InvalidInputError
            The run is none, or was recorded before comparisons had scores.
        """
        view = self.api.get(RunView, "runs", id)
        if view.kind != "comparison" or "scores" not in view.details:
            raise InvalidInputError(
                f"the run {view.id[:12]} is a {view.kind} without scores of several metrics",
                wanted="a comparison",
                next_step="compare models: bench.compare(run, 'base')",
            )
        champion = self.api.get(TaskView, "tasks", view.task).champion
        runs = self.api.get_all(RunView, "tasks", view.task, "runs")
        return Comparison(view, champion, runs)
