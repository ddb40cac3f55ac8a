"""The part of ``Bench`` that values: a task's owners, or the players of a game of your own."""

from collections.abc import Sequence
from typing import Any, overload

from workbench.client.connection import Api, message
from workbench.client.job import Job
from workbench.client.own_game import OwnStudy, value_own
from workbench.client.preview import Preview
from workbench.client.study import Study
from workbench.client.task import Task
from workbench.core.wire import JobView, PreviewRequest, StudyView, TaskView, ValueRequest


class Valuations:
    """What ``Bench`` does with values.

    Parameters
    ----------
    api : the way to the server.
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    @overload
    def value(self, task: "Task | str", **options: Any) -> Study: ...
    @overload
    def value(self, task: None = None, **options: Any) -> OwnStudy: ...

    def value(
        self,
        task: "Task | str | None" = None,
        *,
        method: str = "auto",
        budget: int | None = None,
        seed: int = 0,
        priority: str = "normal",
        **options: Any,
    ) -> Study | OwnStudy:
        """Value a task's owner groups, or the players of a game of your own.

        The server values a task, and evaluations are never done twice. A game of your own runs
        in this process and pays nobody; under a ``name`` its utilities are kept: the same name
        goes on with them, also after a crash and with other players.

        Parameters
        ----------
        task : the task; none for a game of your own.
        method : an estimator by name, or ``"auto"``: exact when affordable, else surrogate.
        budget : distinct coalitions at most; those known from earlier studies of other owners
            come on top and cost nothing.
        seed : of every choice.
        priority : in the server's queue: ``"low"``, ``"normal"`` or ``"high"``.
        **options : ``semivalue`` (``"shapley"``, ``"banzhaf"``, ``"beta:4,1"``), ``confidence``;
            ``max_standard_error`` or ``max_share_move`` to stop before the budget is spent.
            Of a task: ``n_replicates``; ``executor="ray"`` with ``address="127.0.0.1:6379"``.
            Of a game of your own: ``utility`` (bool (n_coalitions, n_players) in, float64
            (n_coalitions,) out, higher is better) and ``players`` (names, or how many); or
            ``estimator`` (anything with scikit-learn's ``fit`` and ``score``; it is copied,
            trained on the rows of each coalition's groups and scored on ``test``), ``x``,
            ``y``, ``groups``, ``test=(x, y)``; ``name``; ``player_sizes`` and ``same_data`` as
            ``workbench.valuation.value_game`` takes them.

        Raises
        ------
        InvalidInputError
            An option is unknown or out of range.
        JobError
            A utility raised; the error names the coalition, and all others are kept.
        """
        if task is None:
            options |= {"method": method, "budget": budget, "seed": seed}
            return value_own(self.api, **options)
        request = message(ValueRequest, method=method, budget=budget, seed=seed, **options)
        named = task.id if isinstance(task, Task) else task
        found = self.api.get(TaskView, "tasks", named)
        path = ("tasks", found.id, "valuations")
        view = self.api.post(JobView, *path, body=request, priority=priority)
        return self.study(str(Job(self.api, view).wait().result["study"]))

    def preview(
        self,
        task: "Task | str",
        size: str | None = None,
        *,
        owners: Sequence[str] | None = None,
        **parameters: Any,
    ) -> Preview:
        """Watch one fine-tune, and return what it suggests of each owner; never paid by.

        Parameters
        ----------
        task : a language-model task.
        size : as ``train`` takes it; unless given the training of a study's coalition of all.
        owners : only their rows; all unless given.
        **parameters : what the recipe takes, such as ``steps`` or ``n_watched_rows``.

        Raises
        ------
        InvalidInputError
            The task trains no language model, or its recipe has no such parameter.
        """
        request = message(
            PreviewRequest,
            size=size,
            owners=None if owners is None else list(owners),
            parameters=parameters,
        )
        named = task.id if isinstance(task, Task) else task
        found = self.api.get(TaskView, "tasks", named)
        view = self.api.post(JobView, "tasks", found.id, "previews", body=request)
        return Preview(found.id, Job(self.api, view).wait().result)

    def study(self, id: str) -> Study:
        """Return a valuation by its id."""
        return Study(self.api.get(StudyView, "valuations", id), self.api)

    def studies(self, task: "Task | str") -> list[Study]:
        """Return a task's valuations, oldest first."""
        named = task.id if isinstance(task, Task) else task
        path = ("tasks", self.api.get(TaskView, "tasks", named).id, "valuations")
        return [Study(view, self.api) for view in self.api.get_all(StudyView, *path)]
