"""The fine-tune wizard in a notebook's cell."""

from typing import Any, Final

import traitlets

from workbench.core.errors import InvalidInputError
from workbench.widgets.card import Card

_SIZES: Final = ("quick", "standard", "thorough")


class FineTuneWizard(Card):
    """Chooses, predicts, starts and shows a fine-tune; what runs goes on without the notebook.

    Parameters
    ----------
    task : the task's id; chosen in the wizard unless given.
    size : chosen at first.

    Attributes
    ----------
    state : what is chosen, and the job once it runs; both ways.

    Raises
    ------
    InvalidInputError
        There is no such size.
    """

    view = traitlets.Unicode("fine_tune").tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, task: str | None = None, size: str = "standard") -> None:
        if size not in _SIZES:
            raise InvalidInputError(f"there is no size {size!r:.40}", wanted=" or ".join(_SIZES))
        super().__init__(state={"task": task, "size": size})

    @property
    def job(self) -> str | None:
        """Id of the fine-tune that was started here; ``bench.job(id)`` finds it."""
        found: str | None = self.state.get("job")
        return found

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and what it was about as text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        chosen = self.state.get("task") or "a task"
        text = f"The fine-tune wizard for {chosen}; run the cell again to open it."
        return bundle | {"text/plain": text}, metadata
