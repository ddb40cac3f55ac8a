"""The wizard of a contribution, in a notebook's cell."""

from typing import Any

import traitlets

from workbench.client.task import Task
from workbench.widgets.card import Card


class ContributeWizard(Card):
    """Takes a file from choosing it to a signed receipt, without a kernel's help.

    In JupyterLab and Notebook 7 the page sends and signs by itself; where nothing is signed, as
    in Voilà, it says so. The rows never pass through the kernel.

    Parameters
    ----------
    task : of ``bench.task(id)``; without one the wizard asks for it.

    Attributes
    ----------
    kept : what the wizard goes on with when the page is loaded again; from the page.
    """

    view = traitlets.Unicode("contribute").tag(sync=True)
    kept = traitlets.Dict().tag(sync=True)

    def __init__(self, task: Task | None = None) -> None:
        self._task = task
        super().__init__(kept={} if task is None else {"task": task.id, "step": "file"})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and what there is to do as text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        name = "a task" if self._task is None else self._task.id
        draft = self.kept.get("contribution")
        text = f"Contribute to {name}: task.contribute(file, license=...)"
        if draft:
            text = f"Contribution {draft}: bench.contribution({draft!r})"
        bundle["text/plain"] = text
        return bundle, metadata
