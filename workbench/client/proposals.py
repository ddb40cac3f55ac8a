"""The part of ``Bench`` that offers models in a champion's place, and decides on them."""

import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api
from workbench.client.contribution import require_sign
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.proposal import OF_PROPOSALS, Diff, ProposedModel, proposals_frame
from workbench.client.proposal_notes import ProposalNotes
from workbench.client.run import Run
from workbench.client.sources import Source
from workbench.client.task import Task
from workbench.core.credits import format_credits
from workbench.core.errors import InvalidInputError
from workbench.core.wire import (
    BlobView,
    ChampionView,
    CommitmentView,
    ContributionView,
    DiffView,
    JobView,
    PrincipalView,
    ProposalView,
    RunView,
    SignedRequest,
    TaskView,
)
from workbench.registry.proposal import Proposal, proposal_digest

if TYPE_CHECKING:
    import pandas as pd

_CHAMPION_COLUMNS = (
    "number", "model", "base", "proposal", "gain", "bounty", "state", "final_at", "created_at",
)  # fmt: skip


class Proposals:
    """What ``Bench`` does about proposals.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api
    _keys_dir: Path

    if TYPE_CHECKING:

        @property
        def principal(self) -> PrincipalView:
            """Who the server knows the identity as."""

        def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
            """Return a record signed by the identity."""

        def upload(self, source: Source) -> BlobView:
            """Send a source's bytes."""

    @cached_property
    def _proposal_notes(self) -> ProposalNotes:
        return ProposalNotes(self._keys_dir / "proposals")

    def propose(
        self,
        model: Run | str | Path | Mapping[str, Any],
        *,
        task: Task | str | None = None,
        claim: str,
        contributions: Sequence[str] | None = None,
        shares: Sequence[tuple[str, str, str]] | None = None,
        owner: str | None = None,
        wait: bool = True,
        sign: bool = False,
    ) -> ProposedModel:
        """Offer a model in the champion's place: commit to it, show it, and have it judged.

        Parameters
        ----------
        model : a run or its id; the path of a safetensors file; or a recipe, the parameters with
            which the server trains it again.
        task : for which; known from a run unless given.
        claim : what is better about it, in words.
        contributions : ids of what it was trained on; those of the run unless given, and all of
            the task for a recipe.
        shares : role (``"author"``, ``"data"`` or ``"compute"``), owner group and part, such as
            ``("author", "ana", "2/3")``; all to the author unless given.
        owner : group that proposes; the one your identity signs for unless given.
        wait : until it is judged.
        sign : must be True: your name stands under it.

        Raises
        ------
        ConflictError
            The champion has changed, or there is none yet.
        InvalidInputError
            The shares do not sum to 1, or the model is none.
        """
        require_sign("propose", "offers a model in the champion's place", sign=sign)
        reveal = self.opening(
            model, task=task, claim=claim, contributions=contributions, shares=shares, owner=owner
        )
        proposal = Proposal.from_body(reveal["proposal"])
        commitment = {
            "task": proposal.task,
            "owner": proposal.owner,
            "digest": proposal_digest(reveal["salt"], proposal),
        }
        path = ("tasks", proposal.task)
        signed = self.sign("commitment", commitment)
        committed = self.api.post(CommitmentView, *path, "commitments", body=signed)
        revealed = self.sign("proposal", {"commitment": committed.id, **reveal})
        view = self.api.post(ProposalView, *path, "proposals", body=revealed)
        if wait and view.job is not None:
            Job(self.api, self.api.get(JobView, "jobs", view.job)).wait()
        return self.proposal(view.id)

    def opening(
        self,
        model: Run | str | Path | Mapping[str, Any],
        *,
        task: Task | str | None = None,
        claim: str,
        contributions: Sequence[str] | None = None,
        shares: Sequence[tuple[str, str, str]] | None = None,
        owner: str | None = None,
    ) -> dict[str, Any]:
        """Return what ``propose`` would commit to, with the salt that opens it; nothing is signed.

        Parameters
        ----------
        model, task, claim, contributions, shares, owner : see ``propose``.
        """
        run = self._run_of(model)
        named = task or (run.task if run else None)
        if named is None:
            raise InvalidInputError("no task is named", wanted="task=… beside a file or a recipe")
        found = self.api.get(TaskView, "tasks", named if isinstance(named, str) else named.id)
        whose = owner or self.principal.owner
        weights = None
        if run is not None:
            weights = run.model
        elif isinstance(model, str | Path):
            weights = self.upload(_file(Path(model))).sha256
        body = {
            "task": found.id,
            "owner": whose,
            "base": self._base(found, weights),
            "recipe": None if weights else dict(model),  # type: ignore[arg-type]
            "weights": weights,
            "contributions": sorted(contributions)
            if contributions is not None
            else self._data(found.id, run, all_of_it=weights is None),
            "shares": [
                {"role": role, "owner": group, "part": part}
                for role, group, part in sorted(shares or [("author", whose, "1")])
            ],
            "claim": claim,
        }
        proposal = Proposal.from_body(body)
        salt = self._proposal_notes.salt_of(proposal.to_body())
        return {"salt": salt, "proposal": proposal.to_body()}

    def proposal(self, id: str) -> ProposedModel:
        """Return a proposal by its id or the beginning of it, with its difference."""
        view = self.api.get(ProposalView, "proposals", id)
        return ProposedModel(view, Diff(self.api.get(DiffView, "proposals", view.id, "diff")))

    def proposals(self, task: Task | str) -> "pd.DataFrame":
        """Return a task's proposals, the eldest first, one row each."""
        name = task if isinstance(task, str) else task.id
        return proposals_frame(self.api.get_all(ProposalView, "tasks", name, "proposals"))

    def champions(self, task: Task | str) -> "pd.DataFrame":
        """Return a task's champions since the first, one row a merge; ``bounty`` in µcr."""
        name = task if isinstance(task, str) else task.id
        views = self.api.get_all(ChampionView, "tasks", name, "champions")
        rows = [view.model_dump() for view in views]
        return make_frame(rows, _CHAMPION_COLUMNS, money=["bounty"])

    def merge(self, proposal: ProposedModel | str, *, sign: bool = False) -> ProposedModel:
        """Make a proposal's model the champion and pay its bounty; signed by the sponsor.

        Parameters
        ----------
        proposal : one that passed its gate and was approved.
        sign : must be True: this spends.

        Raises
        ------
        InvalidMoveError
            It did not pass, or an approval is missing.
        ConflictError
            Somebody else merged first.
        """
        view = self._proposal(proposal).view
        require_sign("merge", f"makes {str(view.model)[:12]} the champion, and pays", sign=sign)
        body = {"task": view.task, "proposal": view.id, "base": view.base, "model": view.model}
        signed = self.sign("merge", body)
        self.api.post(ProposalView, "proposals", view.id, "merge", body=signed)
        return self.proposal(view.id)

    def rollback(
        self, proposal: ProposedModel | str, reason: str, *, sign: bool = False
    ) -> ProposedModel:
        """Undo the latest merge: the champion before stands again; signed by the sponsor.

        Parameters
        ----------
        proposal : the one that was merged last.
        reason : in words; everybody reads it.
        sign : must be True.

        Raises
        ------
        ConflictError
            A later merge stands on it.
        InvalidMoveError
            It was not merged, or was rolled back before.
        """
        view = self._proposal(proposal).view
        bounty = 0 if view.merge is None else int(view.merge.bounty)
        meaning = f"undoes a merge; {format_credits(bounty)} credits return if they are held yet"
        require_sign("rollback", meaning, sign=sign)
        merged = "" if view.merge is None else view.merge.id
        signed = self.sign("rollback", {"proposal": view.id, "merge": merged, "reason": reason})
        self.api.post(ProposalView, "proposals", view.id, "rollback", body=signed)
        return self.proposal(view.id)

    def review_proposal(
        self,
        proposal: ProposedModel | str,
        decision: str,
        *,
        reason: str,
        sign: bool = False,
        nonce: str | None = None,
    ) -> ProposedModel:
        """Comment on a proposal, approve it or ask for changes; ``review`` does it, too.

        Parameters
        ----------
        proposal : one of another owner group, unless you comment.
        decision : ``"comment"``, ``"approve"`` or ``"request-changes"``.
        reason : in words; the proposer reads it.
        sign : must be True.
        nonce : tells two reviews with the same words apart; a new one unless given.
        """
        if decision not in OF_PROPOSALS:
            raise InvalidInputError(
                f"the decision is {decision[:40]!r}",
                wanted="one of " + ", ".join(sorted(OF_PROPOSALS)),
            )
        view = self._proposal(proposal).view
        require_sign("review", f"says {decision} on {view.id[:12]}", sign=sign)
        body = {"proposal": view.id, "decision": decision, "text": reason}
        signed = self.sign("proposal-review", body | {"nonce": nonce or uuid.uuid4().hex})
        self.api.post(ProposalView, "proposals", view.id, "reviews", body=signed)
        return self.proposal(view.id)

    def _proposal(self, proposal: ProposedModel | str) -> ProposedModel:
        return self.proposal(proposal if isinstance(proposal, str) else proposal.id)

    def _run_of(self, model: Run | str | Path | Mapping[str, Any]) -> RunView | None:
        if isinstance(model, Run):
            view = model.view
        elif isinstance(model, str) and not Path(model).is_file():
            view = self.api.get(RunView, "runs", model)
        else:
            return None
        if view.model is None:
            raise InvalidInputError(
                f"the run {view.id[:12]} is a {view.kind} and made no model",
                wanted="a fine-tune",
                next_step=f"train one: workbench train {view.task}",
            )
        return view

    def _base(self, task: TaskView, weights: str | None) -> str:
        """Return whom a proposal is to follow: until somebody proposes, the best other model."""
        if task.champion != weights and task.champion is not None:
            return task.champion
        runs = self.api.get_all(RunView, "tasks", task.id, "runs")
        others = [r for r in runs if r.kind == "fine-tune" and r.model not in {None, weights}]
        if not others or self.api.get_all(ProposalView, "tasks", task.id, "proposals"):
            # The server says why not.
            return task.champion or "0" * 64
        return str(max(others, key=lambda run: (run.metrics["utility"], run.created_at)).model)

    def _data(self, task: str, run: RunView | None, *, all_of_it: bool) -> list[str]:
        views = self.api.get_all(ContributionView, "tasks", task, "contributions")
        accepted = [view for view in views if view.state == "accepted" and view.n_rows]
        if run is None:
            return sorted(view.id for view in accepted) if all_of_it else []
        owners = {str(one["name"]) for one in run.details.get("datasets", [])}
        return sorted(view.id for view in accepted if view.owner in owners)


def opens_commitment(opening: Mapping[str, Any], commitment: Mapping[str, Any]) -> bool:
    """Return whether a commitment is to exactly this proposal, with this salt."""
    digest = proposal_digest(str(opening["salt"]), Proposal.from_body(opening["proposal"]))
    return digest == str(commitment["digest"])


def _file(path: Path) -> Source:
    if not path.is_file():
        raise InvalidInputError(f"{path} is no file", wanted="a safetensors file")
    return Source(path.name, path.stat().st_size, path)
