"""A proposal in a notebook's cell: its verdict, what changes, and what people say."""

from typing import Any

import traitlets

from workbench.client.proposal import ProposedModel
from workbench.widgets.card import Card


class ProposalCard(Card):
    """Shows a proposal; in JupyterLab and Notebook 7 it is reviewed and merged there.

    Parameters
    ----------
    proposal : of ``bench.proposal(id)``.

    Attributes
    ----------
    told : ProposalView as JSON; from the kernel to the page.
    diff : DiffView as JSON; from the kernel to the page.
    """

    view = traitlets.Unicode("proposal").tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    diff = traitlets.Dict().tag(sync=True)

    def __init__(self, proposal: ProposedModel) -> None:
        self._proposal = proposal
        super().__init__(
            told=proposal.view.model_dump(mode="json"),
            diff=proposal.diff.view.model_dump(mode="json"),
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the widget, and the proposal as HTML and text for when there is no kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        shown = {"text/html": self._proposal._repr_html_(), "text/plain": repr(self._proposal)}
        return bundle | shown, metadata
