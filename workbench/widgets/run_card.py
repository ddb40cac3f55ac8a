"""A run's card: what it measured, its curve, its recipe."""

from typing import Any

import anywidget
import traitlets

from workbench.client.run import Run
from workbench.widgets.built import built


class RunCard(anywidget.AnyWidget):
    """Shows a run as it was recorded.

    Parameters
    ----------
    run : of ``bench.run(id)`` or ``bench.train(task)``.

    Attributes
    ----------
    run : RunView as JSON; from the kernel to the page.
    """

    _esm = built("run.js")
    _css = built("style.css")
    run = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run) -> None:
        self._run = run
        super().__init__(run=run.view.model_dump(mode="json"))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the run as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        bundle |= {"text/html": self._run._repr_html_(), "text/plain": repr(self._run)}
        return bundle, metadata
