"""A run's card: what it measured, its curve, its recipe."""

from typing import Any

import traitlets

from workbench.client.run import Run
from workbench.widgets.card import Card


class RunCard(Card):
    """Shows a run as it was recorded.

    Parameters
    ----------
    run : of ``bench.run(id)`` or ``bench.train(task)``.

    Attributes
    ----------
    run : RunView as JSON; from the kernel to the page.
    """

    view = traitlets.Unicode("run").tag(sync=True)
    run = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run) -> None:
        self._run = run
        super().__init__(run=run.view.model_dump(mode="json"))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the run as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        bundle |= {"text/html": self._run._repr_html_(), "text/plain": repr(self._run)}
        return bundle, metadata
