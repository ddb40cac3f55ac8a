"""Who is worth what, and which model is best: a task's leaderboard."""

from datetime import UTC, datetime
from typing import Any

import traitlets

from workbench.client.bench import Bench
from workbench.client.comparison import Comparison
from workbench.client.display import Shown
from workbench.client.epoch import Epoch
from workbench.client.task import Task
from workbench.core.wire import EpochView, RunView
from workbench.widgets.card import Card


class LeaderboardCard(Card):
    """Shows a task's owners by value and its models by metric in a notebook's cell.

    Parameters
    ----------
    bench : the way to the home.
    task : the task, or its id.

    Attributes
    ----------
    task : the task's id; from the kernel to the page.
    told : tasks, epochs and comparisons, as JSON; from the kernel to the page.
    as_of : when that was so, ISO 8601; from the kernel to the page.
    """

    view = traitlets.Unicode("leaderboard").tag(sync=True)
    task = traitlets.Unicode().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    as_of = traitlets.Unicode().tag(sync=True)

    def __init__(self, bench: Bench, task: Task | str) -> None:
        self._task = found = bench.task(task)
        epochs = bench.api.get_all(EpochView, "tasks", found.id, "epochs")
        runs = bench.api.get_all(RunView, "tasks", found.id, "runs")
        compared = [run for run in runs if run.kind == "comparison"]
        self._epochs = [Epoch(view, found.title) for view in epochs]
        self._comparison = Comparison(compared[-1], found.view.champion) if compared else None
        told = {
            "tasks": [found.view.model_dump(mode="json")],
            "epochs": [view.model_dump(mode="json") for view in epochs],
            "comparisons": [run.model_dump(mode="json") for run in compared],
        }
        as_of = datetime.now(UTC).isoformat(timespec="seconds")
        super().__init__(task=found.id, told=told, as_of=as_of)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and its tables as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        shown: list[Shown] = [*self._epochs[-1:], *filter(None, [self._comparison])] or [self._task]
        bundle |= {
            "text/html": "".join(one._repr_html_() for one in shown),
            "text/plain": "\n\n".join(map(repr, shown)),
        }
        return bundle, metadata
