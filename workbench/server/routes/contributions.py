"""Contributions and their way through the gates."""

from fastapi import APIRouter

from workbench.core.wire import ContributionView, DraftRequest, MaskRequest, SignedRequest
from workbench.server.access import HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import contribute

router = APIRouter(tags=["contributions"])


@router.post("/tasks/{task}/contributions")
def draft_contribution(
    home: HomeOf, task: Id, request: DraftRequest, key: Key = None
) -> ContributionView:
    """Run the gates over an uploaded file; nothing is submitted before it is signed."""
    return once(
        home,
        key,
        ["draft", task, request.model_dump(mode="json")],
        ContributionView,
        lambda: contribute.draft(home, task, request),
    )


@router.get("/tasks/{task}/contributions")
def list_contributions(home: HomeOf, task: Id) -> list[ContributionView]:
    """List a task's contributions."""
    return contribute.list_contributions(home, task)


@router.get("/contributions/{contribution}")
def get_contribution(home: HomeOf, contribution: Id) -> ContributionView:
    """Return one contribution with what the gates found."""
    return contribute.get_contribution(home, contribution)


@router.post("/contributions/{contribution}/submission")
def submit_contribution(home: HomeOf, contribution: Id, request: SignedRequest) -> ContributionView:
    """Submit a draft with its owner's signature; the same record again changes nothing."""
    return contribute.submit(home, contribution, request.envelope)


@router.post("/contributions/{contribution}/mask")
def mask_contribution(
    home: HomeOf, contribution: Id, request: MaskRequest, key: Key = None
) -> ContributionView:
    """Make a new draft in which what is held is masked, or left out."""
    return once(
        home,
        key,
        ["mask", contribution, request.model_dump(mode="json")],
        ContributionView,
        lambda: contribute.mask(home, contribution, request),
    )
