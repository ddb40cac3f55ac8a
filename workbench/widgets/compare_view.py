"""Models side by side in a notebook's cell."""

from collections.abc import Sequence
from typing import Any, Final

import traitlets

from workbench.client.comparison import Comparison
from workbench.core.errors import InvalidInputError
from workbench.core.wire import RunView
from workbench.widgets.card import Card

_MOST_MODELS: Final = 8
# What a row of settings shows of how a model was made; curves and samples stay at home.
_SHOWN: Final = ("size", "n_rows", "datasets", "stopped_at_step")


class CompareView(Card):
    """Compares models of a task: choose them, then read which is better and how sure that is.

    Parameters
    ----------
    task : the task's id; chosen on the page unless given.
    models : digests, ``"base"`` or ``"champion"``, at most eight; chosen on the page unless given.
    comparison : one that was made; it is shown at once, and also where nothing can be asked.
    runs : that made its models.

    Attributes
    ----------
    state : what is chosen; both ways.
    told : the comparison that the kernel has; from the kernel to the page.

    Raises
    ------
    InvalidInputError
        There are more than eight models.
    """

    view = traitlets.Unicode("compare").tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        task: str | None = None,
        models: Sequence[str] = (),
        *,
        comparison: Comparison | None = None,
        runs: Sequence[RunView] = (),
    ) -> None:
        if len(models) > _MOST_MODELS:
            raise InvalidInputError(
                f"{len(models)} models are too many for one page", wanted=f"at most {_MOST_MODELS}"
            )
        self._comparison = comparison
        state: dict[str, Any] = {"task": task, "models": list(models)}
        told: dict[str, Any] = {}
        if comparison is not None:
            state |= {"task": comparison.view.task, "run": comparison.id}
            told = {
                "view": comparison.view.model_dump(mode="json"),
                "champion": comparison.champion,
                "runs": [_made(run) for run in runs if run.model in comparison.models],
                "writes": bool(comparison.said),
            }
        super().__init__(state=state, told=told)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the comparison as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        if self._comparison is None:
            text = "Models side by side; run the cell again to choose them."
            return bundle | {"text/plain": text}, metadata
        shown = {
            "text/html": self._comparison._repr_html_(),
            "text/plain": repr(self._comparison),
        }
        return bundle | shown, metadata


def _made(run: RunView) -> dict[str, Any]:
    found = run.model_dump(mode="json")
    found["details"] = {name: run.details[name] for name in _SHOWN if name in run.details}
    return found
