"""Cards in a notebook's cells: what results show there by themselves, and what Bench opens.

The widgets stand above the client, so that scripts and terminals never load them; here they are
loaded by name, in a kernel, when something is shown for the first time.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from workbench.client.progress import in_notebook
from workbench.core.errors import NotBuiltError

if TYPE_CHECKING:
    from workbench.client.connection import Api
    from workbench.client.job import Job
    from workbench.client.task import Task

_WIDGETS: Final = "workbench.widgets"
_VIEW_TYPE: Final = "application/vnd.jupyter.widget-view+json"


class Watcher(Protocol):
    """What shows a job while it goes on."""

    def __enter__(self) -> Self:
        """Open it."""
        ...

    def __exit__(self, *error: object) -> None:
        """Leave what it shows tidy."""
        ...

    def event(self, event: dict[str, Any]) -> None:
        """Show one more event."""
        ...


class Carded:
    """A result that shows itself as a card in a notebook; HTML and text outlive the kernel."""

    def _card(self) -> object:
        """Return the widget; called in a kernel only."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        # IPython adds HTML and plain text: readers without a kernel have those.
        inherited = getattr(super(), "_repr_mimebundle_", None)
        bundle = dict(inherited(**kwargs)) if inherited is not None else {}
        if not in_notebook():
            return bundle
        try:
            shown = self._card()._repr_mimebundle_()  # type: ignore[attr-defined]
        except NotBuiltError:
            return bundle
        view = shown[0] if isinstance(shown, tuple) else shown
        return bundle | {_VIEW_TYPE: view[_VIEW_TYPE]}


def widget(name: str, *args: Any, **kwargs: Any) -> Any:
    """Return a widget of ``workbench.widgets``."""
    return getattr(import_module(_WIDGETS), name)(*args, **kwargs)


def live_card(job: "Job") -> Watcher | None:
    """Return the card that shows a job while a cell waits for it; None where there is none.

    ``WORKBENCH_PROGRESS`` chooses another display, as ``progress.choose_display`` says.
    """
    if not in_notebook() or os.environ.get("WORKBENCH_PROGRESS"):
        return None
    try:
        found: Watcher = widget("LiveCard", job)
    except NotBuiltError:
        return None
    return found


class Views:
    """What ``Bench`` opens in a notebook's cell; JupyterLab has the same as tabs.

    Attributes
    ----------
    api : the way to the server.
    """

    api: "Api"

    if TYPE_CHECKING:

        def task(self, task: "Task | str") -> Task:
            """Return a task."""
            ...

    def contribute_wizard(self, task: "Task | str | None" = None) -> Any:
        """Return the contribute wizard: from a file to a signed receipt, by clicks.

        Parameters
        ----------
        task : the task or its id; asked for unless given.
        """
        return widget("ContributeWizard", None if task is None else self.task(task))

    def fine_tune_wizard(self, task: "Task | str | None" = None, size: str = "standard") -> Any:
        """Return the fine-tune wizard: choose, see what it costs, start, watch.

        Parameters
        ----------
        task : chosen in the wizard unless given.
        size : ``"quick"``, ``"standard"`` or ``"thorough"``; can be changed there.
        """
        return widget("FineTuneWizard", task=_named(task), size=size)

    def compare_view(self, task: "Task | str | None" = None, *models: Any) -> Any:
        """Return the page that compares models of a task: choose them, then read.

        Parameters
        ----------
        task : chosen on the page unless given.
        *models : runs, digests, ``"base"`` or ``"champion"``; can be changed there.
        """
        named = [str(getattr(model, "model", model)) for model in models]
        return widget("CompareView", task=_named(task), models=named)

    def value_view(self, task: "Task | str") -> Any:
        """Return what owners of a task are worth, live while a study goes on."""
        return widget("ValueCard", self, _named(task))

    def why_view(self, epoch: Any, owner: str) -> Any:
        """Return why an owner group was paid what it was.

        Parameters
        ----------
        epoch : the epoch or its id.
        owner : the owner group.
        """
        return widget("WhyCard", self, epoch, owner)

    def leaderboard_view(self, task: "Task | str") -> Any:
        """Return owners by value and models by metric, of a task's epochs."""
        return widget("LeaderboardCard", self, _named(task))


def _named(task: "Task | str | None") -> str | None:
    return task if task is None or isinstance(task, str) else task.id
