"""A proposal as people look at it, and how it differs from the champion."""

from typing import TYPE_CHECKING, Any, Final

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.views import Carded, widget
from workbench.core.credits import format_credits
from workbench.core.errors import InvalidInputError
from workbench.core.units import micro_text
from workbench.core.wire import DiffView, ProposalView

if TYPE_CHECKING:
    import pandas as pd

OF_PROPOSALS: Final = frozenset({"approve", "request-changes", "comment"})
"""What a review says of a proposal."""

_COLUMNS: Final = (
    "owner", "state", "reason", "claim", "approvals", "base", "model", "created_at", "id",
)  # fmt: skip
_NEXT: Final = {
    "revealed": "it is being judged: workbench job list",
    "checked": "it is being judged: workbench job list",
    "waiting": "it is judged again by itself, once the margin is low enough",
}


class Diff(Shown):
    """How a challenger differs from the champion.

    Parameters
    ----------
    view : the difference.
    """

    def __init__(self, view: DiffView) -> None:
        self.view = view

    @property
    def parameters(self) -> "pd.DataFrame":
        """The recipe's parameters that are others: ``name``, ``champion``, ``challenger``."""
        rows = [one.model_dump() for one in self.view.parameters]
        return make_frame(rows, ["name", "champion", "challenger"])

    @property
    def data(self) -> "pd.DataFrame":
        """Contributions that were added, removed and kept."""
        rows = [one.model_dump() for one in self.view.data]
        return make_frame(rows, ["change", "owner", "n_rows", "contribution"])

    @property
    def groups(self) -> "pd.DataFrame":
        """The challenger's tensors by name, with their norms beside the champion's."""
        columns = ["group", "n_parameters", "norm", "champion_norm", "difference_norm"]
        return make_frame(self.view.groups, columns)

    @property
    def slices(self) -> "pd.DataFrame":
        """Scores of both models on items with something in common."""
        columns = ["by", "value", "n_items", "metric", "model", "score", "difference", "p"]
        return make_frame(self.view.slices, columns)

    @property
    def items(self) -> "pd.DataFrame":
        """The hidden items that both lose most differently on, by digest."""
        return make_frame(self.view.disagreements, ["item", "digest", "difference"])

    @property
    def samples(self) -> "pd.DataFrame":
        """What both models say to the task's prompts, side by side."""
        names = {self.view.champion: "champion", self.view.challenger: "challenger"}
        by_prompt: dict[str, dict[str, Any]] = {}
        for one in self.view.generations:
            said = by_prompt.setdefault(str(one["prompt"]), {"prompt": one["prompt"]})
            said[names[str(one["model"])]] = one["text"]
        return make_frame(list(by_prompt.values()), ["prompt", "champion", "challenger"])

    @property
    def frame(self) -> "pd.DataFrame":
        """The recipe's parameters that are others."""
        return self.parameters

    def _table(self) -> Table:
        view = self.view
        rows = [
            ["parameter", p.name, p.champion or "—", p.challenger or "—"] for p in view.parameters
        ]
        for one in view.data:
            there = f"{one.n_rows:,} rows"
            before = "—" if one.change == "added" else there
            after = "—" if one.change == "removed" else there
            rows.append([f"data {one.change}", one.owner, before, after])
        rows += [["metric", metric, *pair] for metric, pair in self._scores().items()]
        rows += [
            ["weights", str(one["group"]), _number(one["champion_norm"]), _number(one["norm"])]
            for one in view.groups
        ]
        for said in self.samples.fillna("").to_dict("records"):
            texts = [str(said[name]) for name in ("prompt", "champion", "challenger")]
            rows.append(["samples", *texts])
        items = ""
        if view.items_won is not None:
            items = f"of the hidden items it wins {view.items_won:,}, loses {view.items_lost:,}"
        challenger = (view.challenger or "not trained yet")[:12]
        return Table(
            f"{challenger} against the champion {view.champion[:12]}",
            [Column("what"), Column("name"), Column("champion"), Column("challenger")],
            rows,
            [items, "slices: .slices; items: .items; weights are norms of tensors"],
        )

    def _scores(self) -> dict[str, list[str]]:
        """Return metric → the champion's score and the challenger's."""
        found: dict[str, dict[str, float]] = {}
        for one in self.view.scores:
            found.setdefault(str(one["metric"]), {})[str(one["model"])] = one["score"]
        pair = (self.view.champion, str(self.view.challenger))
        return {metric: [_number(by.get(model)) for model in pair] for metric, by in found.items()}


class ProposedModel(Carded, Shown):
    """A model that somebody offers in the champion's place, and how far it has come.

    Parameters
    ----------
    view : the proposal as it was last seen.
    diff : how it differs from the champion.
    """

    def __init__(self, view: ProposalView, diff: Diff) -> None:
        self.view = view
        self.diff = diff

    @property
    def id(self) -> str:
        """The proposal's id."""
        return self.view.id

    @property
    def state(self) -> str:
        """How far it has come."""
        return self.view.state

    @property
    def reason(self) -> str:
        """Why it goes no further, as a code; empty where nothing stops it."""
        return self.view.reason

    @property
    def model(self) -> str | None:
        """The digest of the proposed model."""
        return self.view.model

    @property
    def frame(self) -> "pd.DataFrame":
        """One row: the proposal."""
        return proposals_frame([self.view])

    def _card(self) -> object:
        return widget("ProposalCard", self)

    def _table(self) -> Table:
        view = self.view
        rows = [
            ["claim", view.claim],
            ["state", f"{view.state} ({view.reason})" if view.reason else view.state],
            ["model", (view.model or "trained by its recipe")[:12]],
            ["follows", view.base[:12]],
            ["shares", ", ".join(f"{s.owner} {s.part} ({s.role})" for s in view.shares)],
            ["approvals", f"{view.approvals} of {view.approvals_wanted}"],
        ]
        for one in view.verdicts[-1:]:
            rows += [
                [f"{'✓' if c.holds else '✗'} {c.name}", c.found, c.wanted] for c in one.conditions
            ]
            if not one.conditions:
                rows.append(["refused", one.found, one.wanted])
            elif int(one.gain):
                rows.append(["certified gain", micro_text(one.gain)])
        rows += [[f"{r.reviewer}: {r.decision}", r.text] for r in view.reviews]
        if view.merge is not None:
            paid = f"{format_credits(int(view.merge.bounty))} credits, {view.merge.state}"
            rows.append(["bounty", paid])
            if view.merge.rolled_back_because:
                rows.append(["rolled back", view.merge.rolled_back_because])
        return Table(
            f"proposal {view.id[:12]} of {view.owner} for {view.task}",
            [Column("proposal"), Column(""), Column("wanted")],
            [[*row, ""][:3] for row in rows],
            [view.remedy, self._next()],
        )

    def _next(self) -> str:
        view = self.view
        if view.state == "evaluated":
            if view.approvals < view.approvals_wanted:
                return f'workbench review {view.id[:12]} approve --reason "…" --sign'
            return f"workbench merge {view.id[:12]} --sign"
        return "" if view.reason else _NEXT.get(view.state, "")


def proposals_frame(views: list[ProposalView]) -> "pd.DataFrame":
    """Return proposals as a DataFrame, one row each."""
    return make_frame([view.model_dump() for view in views], _COLUMNS)


def parse_share(text: str) -> tuple[str, str, str]:
    """Return role, owner group and part of a share as people write it.

    >>> parse_share("author:ana:2/3")
    ('author', 'ana', '2/3')

    Raises
    ------
    InvalidInputError
        It has not three parts.
    """
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise InvalidInputError(
            f"the share is {text[:80]!r}", wanted="ROLE:OWNER:PART, such as author:ana:2/3"
        )
    role, owner, part = parts
    return role, owner, part


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "—"
