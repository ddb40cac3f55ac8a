"""Proposals: models offered in a champion's place."""

from fastapi import APIRouter

from workbench.core.wire import ChampionView, DiffView, ProposalView, SignedRequest
from workbench.server.access import AskingHomeOf, HomeOf, Id
from workbench.workflows import merge, proposal_diff, proposal_review, proposals, propose, rollback

router = APIRouter(tags=["proposals"])


@router.post("/tasks/{task}/proposals", status_code=202)
def propose_model(home: AskingHomeOf, task: Id, request: SignedRequest) -> ProposalView:
    """Reveal a proposal that was committed to; a job judges it."""
    return propose.propose(home, task, request.envelope)


@router.get("/tasks/{task}/proposals")
def list_proposals(home: HomeOf, task: Id) -> list[ProposalView]:
    """List a task's proposals, the eldest first."""
    return proposals.list_proposals(home, task)


@router.get("/tasks/{task}/champions")
def list_champions(home: HomeOf, task: Id) -> list[ChampionView]:
    """List a task's champions since the first, with what each merge earned."""
    return proposals.list_champions(home, task)


@router.get("/proposals/{proposal}")
def get_proposal(home: HomeOf, proposal: Id) -> ProposalView:
    """Return one proposal with its verdicts and reviews."""
    return proposals.get_proposal(home, proposal)


@router.get("/proposals/{proposal}/diff")
def get_diff(home: HomeOf, proposal: Id) -> DiffView:
    """Return how a challenger differs from the champion."""
    return proposal_diff.get_diff(home, proposal)


@router.post("/proposals/{proposal}/reviews")
def review_proposal(home: HomeOf, proposal: Id, request: SignedRequest) -> ProposalView:
    """Comment, approve or ask for changes, on a person's signed word."""
    return proposal_review.review_proposal(home, proposal, request.envelope)


@router.post("/proposals/{proposal}/merge")
def merge_proposal(home: HomeOf, proposal: Id, request: SignedRequest) -> ProposalView:
    """Make a proposal's model the champion, on the sponsor's signed word."""
    return merge.merge(home, proposal, request.envelope)


@router.post("/proposals/{proposal}/rollback")
def roll_back_merge(home: HomeOf, proposal: Id, request: SignedRequest) -> ProposalView:
    """Undo the latest merge, on the sponsor's signed word."""
    return rollback.rollback(home, proposal, request.envelope)
