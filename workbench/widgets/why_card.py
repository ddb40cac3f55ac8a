"""Why an owner was paid what it was paid, from the amount back to coalitions."""

from datetime import UTC, datetime
from typing import Any

import traitlets

from workbench.client.bench import Bench
from workbench.client.epoch import Epoch
from workbench.widgets.card import Card


class WhyCard(Card):
    """Shows in a notebook's cell why an owner was paid what it was paid.

    Parameters
    ----------
    bench : the way to the home.
    epoch : an epoch, its id or the beginning of it, or ``TASK:NUMBER``.
    owner : the owner group.
    rows : name the owner's rows that helped and hurt most; its own person may, in seconds.

    Attributes
    ----------
    epoch : as JSON; from the kernel to the page.
    why : the reasons as JSON; from the kernel to the page.
    as_of : when that was so, ISO 8601; from the kernel to the page.
    """

    view = traitlets.Unicode("why").tag(sync=True)
    epoch = traitlets.Dict().tag(sync=True)
    why = traitlets.Dict().tag(sync=True)
    as_of = traitlets.Unicode().tag(sync=True)

    def __init__(self, bench: Bench, epoch: Epoch | str, owner: str, *, rows: bool = False) -> None:
        name = epoch.id if isinstance(epoch, Epoch) else epoch
        found = bench.epoch(name)
        self._shown = bench.why(found, owner, rows=rows)
        super().__init__(
            epoch=found.view.model_dump(mode="json"),
            why=self._shown.view.model_dump(mode="json"),
            as_of=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the reasons as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        bundle |= {"text/html": self._shown._repr_html_(), "text/plain": repr(self._shown)}
        return bundle, metadata
