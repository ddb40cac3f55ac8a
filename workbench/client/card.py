"""A model card, with what its run's seal says now."""

from typing import Any, Final

from workbench.client.connection import Api
from workbench.client.run import Run, withdrawn_text
from workbench.client.verification import Verification, verify_run
from workbench.core.errors import TrackingUnavailableError
from workbench.core.markdown import escaped
from workbench.core.wire import CardView

_MARKS: Final = {"sealed": "✓", "seal broken": "✗"}
_MOST_SHOWN: Final = 5
_FENCE: Final = "---\n"


class Card:
    """What a run's model is: data, owners, licences, results, how to make it again.

    Parameters
    ----------
    view : the card.
    verification : its run, compared with its seal just now; None where MLflow did not answer.
    """

    def __init__(self, view: CardView, verification: Verification | None) -> None:
        self.view = view
        self.verification = verification

    @property
    def state(self) -> str:
        """``"sealed"``, ``"seal broken"``, ``"not sealed yet"`` or ``"not checked"``."""
        return "not checked" if self.verification is None else self.verification.state

    @property
    def text(self) -> str:
        """The card as it was logged: Markdown with front matter, and no word of the seal."""
        return self.view.text

    @property
    def markdown(self) -> str:
        """The card with the seal's state at its head."""
        front, body = self._parts()
        return f"{front}{self._head()}\n\n{body}"

    def to_json(self) -> dict[str, Any]:
        """Return card and state as JSON."""
        found = None if self.verification is None else self.verification.result
        return {**self.view.model_dump(mode="json"), "state": self.state, "verification": found}

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        # Front matter is for hubs; a notebook would show it as a heading.
        return f"{self._head()}\n\n{self._parts()[1]}"

    def _parts(self) -> tuple[str, str]:
        _, front, body = self.text.split(_FENCE, 2)
        return f"{_FENCE}{front}{_FENCE}\n", body.lstrip("\n")

    def _head(self) -> str:
        lines = [f"{_MARKS.get(self.state, '·')} **{self.state}**: {self._why()}"]
        if gone := withdrawn_text(self.view.withdrawn):
            lines.append(f"- **withdrawn data**: {escaped(gone)}")
        if self.verification is not None:
            found = self.verification.result
            shown = found["differences"][:_MOST_SHOWN]
            lines += [f"- {escaped(difference['message'])}" for difference in shown]
            if (n_more := int(found["n_differences"]) - len(shown)) > 0:
                lines.append(f"- … and {n_more} more: workbench verify {self.view.run[:16]}")
        return "\n".join(f"> {line}" for line in lines)

    def _why(self) -> str:
        if self.verification is None:
            return "MLflow did not answer, so nothing can be said of the run now"
        found = self.verification.result
        if self.state == "sealed":
            return f"MLflow shows the run as it was logged (record {found['record'][:12]})"
        return escaped(str(found["why"])) or "what MLflow shows was changed after it was logged"


class Cards:
    """What ``Bench`` does to show a model's card.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def card(self, run: "Run | str") -> Card:
        """Return a run's model card, with what its seal says now.

        Parameters
        ----------
        run : a fine-tune, its id or the beginning of it.

        Raises
        ------
        NotFoundError
            There is no such run.
        InvalidInputError
            It made no model.
        """
        asked = run.id if isinstance(run, Run) else run
        view = self.api.get(CardView, "runs", asked, "card")
        try:
            return Card(view, verify_run(self.api, view.run))
        except TrackingUnavailableError:
            return Card(view, None)
