"""Propose: what was committed to is shown, and the server begins to judge it."""

import json
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.kinds import KINDS
from workbench.core.wire import JobView, ProposalView
from workbench.registry.proposal import Proposal, check_reveal
from workbench.registry.recipe import fine_tune_parameters, recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.training.tune_parameters import check_tune
from workbench.workflows.hidden_tests import check_gate
from workbench.workflows.home import Home
from workbench.workflows.judging import keep_head
from workbench.workflows.movement import check_owner
from workbench.workflows.proposals import VERB, champion_in, get_proposal
from workbench.workflows.replicas import recipe_of
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.tasks import get_spec

_COMMITMENT: Final = "commitment"


def propose(home: Home, task_id: str, envelope_json: dict[str, Any]) -> ProposalView:
    """Reveal a proposal that was committed to, and begin to judge it.

    The same record again changes nothing, and goes on with a judgement that broke off.

    Raises
    ------
    ConflictError
        Its base is not the champion any more, or its commitment was opened before.
    ForbiddenError
        It is signed for another owner group.
    InvalidInputError
        It is none, or not what was committed to.
    NotFoundError
        There is no such commitment, model or owner.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="proposal")
    commitment, salt, proposal = _revealed(envelope.body)
    if proposal.task != task_id:
        raise InvalidInputError(f"the proposal is for {proposal.task!r}", wanted=repr(task_id))
    person = signing_as(home, envelope, "contributor")
    if person.owner != proposal.owner:
        raise ForbiddenError(
            f"{person.name} signs for {person.owner!r}, not for {proposal.owner!r}",
            next_step="sign as a principal of the owner",
        )
    if not home.database.read("proposal_by_id", {"id": envelope.content_id}):
        _check(home, proposal)
    identity = envelope.content_id

    def write(tx: Transaction) -> None:
        if tx.execute("proposal_by_id", {"id": identity}):
            return
        signing_as_in(tx, envelope, "contributor")
        _check_commitment(tx, commitment, salt, proposal)
        _check_base(tx, proposal)
        record.append(tx, envelope)
        row: Row = {"id": identity, "task": task_id, "owner": proposal.owner, "base": proposal.base}
        row |= {"commitment": commitment, "model": proposal.weights}
        row["body"] = canonical_bytes(proposal.to_body()).decode()
        tx.execute("insert_proposal", row | {"now": tx.now})

    home.database.write(write)
    # What is signed from here on nobody could know when the proposal was shown.
    keep_head(home, identity)
    start(home, task_id, identity)
    return get_proposal(home, identity)


def start(home: Home, task_id: str, proposal: str) -> JobView:
    """Start the job that judges a proposal, or go on with it."""
    return home.start_job(VERB, task_id, {"proposal": proposal})


def _revealed(body: dict[str, Any]) -> tuple[str, str, Proposal]:
    match body:
        case {
            "commitment": str(commitment),
            "salt": str(salt),
            "proposal": dict(proposal),
            **rest,
        } if not rest:
            return commitment, salt, Proposal.from_body(proposal)
    raise InvalidInputError(
        "the body of a proposal is wrong", wanted='{"commitment", "salt", "proposal"}'
    )


def _check(home: Home, proposal: Proposal) -> None:
    """Refuse what could never be judged or paid, before it is recorded."""
    spec = get_spec(home, proposal.task)
    for share in proposal.shares:
        check_owner(home, share.owner)
    check_gate(home, spec)
    known = {row["id"] for row in home.database.read("contributions_of_task", {"task": spec.id})}
    if unknown := set(proposal.contributions) - known:
        raise NotFoundError(
            f"{spec.id} has no contribution {min(unknown)[:20]!r}",
            wanted="ids of the task's contributions",
            next_step=f"list them: workbench contribution list {spec.id}",
        )
    if proposal.recipe is not None:
        usual = recipe_parameters(spec) | fine_tune_parameters(spec)
        check_tune(KINDS[spec.kind].recipe, usual, dict(proposal.recipe))
        if not proposal.contributions:
            raise InvalidInputError(
                "the proposal has a recipe and nothing to train on",
                wanted="one contribution at least",
            )
    elif proposal.weights is not None:
        _check_weights(home, spec, proposal.weights)


def _check_weights(home: Home, spec: TaskSpec, digest: str) -> None:
    """Refuse weights that are nowhere, or that a gate of several seeds could not train again."""
    is_known = any(
        row["digest"] == digest for row in home.database.read("models_of_task", {"task": spec.id})
    )
    if not is_known:
        home.blobs.path(digest)
    if spec.merge.seeds == 1:
        return
    if not is_known:
        raise InvalidInputError(
            f"gates of {spec.id} train both models again with {spec.merge.seeds} seeds, and the "
            "proposal has weights alone",
            wanted="a run of the task, or a recipe",
        )
    recipe_of(home, spec.id, digest)


def _check_commitment(tx: Transaction, name: str, salt: str, proposal: Proposal) -> None:
    rows = tx.execute("record_by_content_id", {"content_id": name})
    if not rows or rows[0]["kind"] != _COMMITMENT:
        raise NotFoundError(
            f"no commitment has the id {name[:80]!r}",
            next_step="commit first, from where you propose: its salt is kept there",
        )
    body = json.loads(rows[0]["envelope"])["body"]
    if (body["task"], body["owner"]) != (proposal.task, proposal.owner):
        raise InvalidInputError(
            f"the commitment is of {body['owner']} for {body['task']}",
            wanted=f"one of {proposal.owner} for {proposal.task}",
        )
    check_reveal(body["digest"], salt, proposal)
    if opened := tx.execute("proposal_of_commitment", {"commitment": name}):
        raise ConflictError(
            f"the commitment was opened before, by {opened[0]['id'][:12]}",
            wanted="a commitment for each proposal",
            next_step="commit to it anew",
        )


def _check_base(tx: Transaction, proposal: Proposal) -> None:
    champion = champion_in(tx, proposal.task)
    if not tx.execute("proposals", {"task": proposal.task}):
        # Until somebody proposes, the best model is champion by itself: also the proposed one.
        asked = {"task": proposal.task, "model": proposal.weights}
        champion = tx.execute("best_model_but", asked)[0]["model"]
    if champion is None:
        raise ConflictError(
            f"{proposal.task} has no other model to hold the proposed one against",
            wanted="a champion: the first model that is trained for the task",
            next_step=f"train one first: workbench train {proposal.task}",
        )
    if proposal.base != champion:
        raise ConflictError(
            f"the proposal is to follow {proposal.base[:12]}, which is not the champion",
            wanted=f"the champion {champion[:12]} for its base",
            next_step="propose again, on the champion that there is now",
            reason="stale",
            champion=champion,
        )
