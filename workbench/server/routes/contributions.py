"""Contributions and their way through the gates."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from workbench.core.wire import (
    CommitmentView,
    ContributionView,
    DraftRequest,
    FirstRowsRequest,
    FirstRowsView,
    JobView,
    JsonObject,
    MaskRequest,
    ReceiptView,
    SignedRequest,
    WithdrawalView,
)
from workbench.server.access import CallerOf, HomeOf, Id, Key, SoonHomeOf
from workbench.server.idempotency import once
from workbench.workflows import (
    commit,
    contribute,
    contribution_jobs,
    croissant,
    first_rows,
    receipts,
    rejected,
    review,
    withdraw,
)
from workbench.workflows.access import check_own_group, check_sees_rows
from workbench.workflows.whose_file import check_has_file

router = APIRouter(tags=["contributions"])


@router.post("/tasks/{task}/contributions", status_code=202)
def draft_contribution(
    home: SoonHomeOf, caller: CallerOf, task: Id, request: DraftRequest, key: Key = None
) -> JobView:
    """Run the gates over an uploaded file; nothing is submitted before it is signed."""
    check_own_group(caller, request.owner)
    check_has_file(home, caller, request.file_sha256)
    return once(
        home,
        key,
        ["draft", task, request.model_dump(mode="json")],
        JobView,
        lambda: contribution_jobs.start_draft(home, task, request),
    )


@router.post("/tasks/{task}/first-rows")
def read_first_rows(
    home: HomeOf, caller: CallerOf, task: Id, request: FirstRowsRequest
) -> FirstRowsView:
    """Say what the gates would read of an uploaded file's first rows; nothing is kept."""
    check_own_group(caller, request.owner)
    check_has_file(home, caller, request.file_sha256)
    return first_rows.read(home, task, request)


@router.get("/tasks/{task}/contributions")
def list_contributions(home: HomeOf, task: Id) -> list[ContributionView]:
    """List a task's contributions."""
    return contribute.list_contributions(home, task)


@router.get("/contributions/{contribution}")
def get_contribution(home: HomeOf, contribution: Id) -> ContributionView:
    """Return one contribution with what the gates found."""
    return contribute.get_contribution(home, contribution)


@router.post("/contributions/{contribution}/submission", status_code=202)
def submit_contribution(home: SoonHomeOf, contribution: Id, request: SignedRequest) -> JobView:
    """Submit a draft with its owner's signature; the same record again changes nothing."""
    return contribution_jobs.start_submission(home, contribution, request.envelope)


@router.post("/contributions/{contribution}/mask", status_code=202)
def mask_contribution(
    home: SoonHomeOf, caller: CallerOf, contribution: Id, request: MaskRequest, key: Key = None
) -> JobView:
    """Make a new draft in which what is held is masked, or left out."""
    check_own_group(caller, contribute.get_contribution(home, contribution).owner)
    return once(
        home,
        key,
        ["mask", contribution, request.model_dump(mode="json")],
        JobView,
        lambda: contribution_jobs.start_mask(home, contribution, request),
    )


@router.get("/contributions/{contribution}/croissant")
def describe_contribution(home: HomeOf, contribution: Id) -> JsonObject:
    """Return an accepted contribution's metadata: Croissant 1.0, JSON-LD."""
    return croissant.croissant_of_contribution(home, contribution)


@router.get("/tasks/{task}/croissant")
def describe_accepted_data(home: HomeOf, task: Id) -> JsonObject:
    """Return the metadata of all data that a task has accepted: Croissant 1.0, JSON-LD."""
    return croissant.croissant_of_task(home, task)


@router.get("/contributions/{contribution}/rejected")
def get_rejected_rows(home: HomeOf, caller: CallerOf, contribution: Id) -> FileResponse:
    """Return the rows that did not pass, JSON Lines; for the owner group and reviewers."""
    check_sees_rows(caller, contribute.get_contribution(home, contribution).owner)
    return FileResponse(
        rejected.rejected_rows(home, contribution), media_type="application/x-ndjson"
    )


@router.post("/tasks/{task}/commitments")
def commit_to_file(home: HomeOf, task: Id, request: SignedRequest) -> CommitmentView:
    """Record that somebody has a file that nobody has seen; the same record again is there once."""
    return commit.commit(home, task, request.envelope)


@router.get("/tasks/{task}/commitments")
def list_commitments(home: HomeOf, task: Id) -> list[CommitmentView]:
    """List a task's commitments, the earliest first."""
    return commit.list_commitments(home, task)


@router.post("/contributions/{contribution}/consent")
def give_consent(home: HomeOf, contribution: Id, request: SignedRequest) -> ReceiptView:
    """Record an owner's consent to a draft; the submission names it."""
    return receipts.give_consent(home, contribution, request.envelope)


@router.get("/contributions/{contribution}/receipt")
def get_receipt(home: HomeOf, contribution: Id) -> ReceiptView:
    """Return the consent under which a contribution was submitted."""
    return receipts.get_receipt(home, contribution)


@router.get("/reviews")
def list_waiting(home: HomeOf) -> list[ContributionView]:
    """List the quarantined contributions, those that wait longest first."""
    return review.list_waiting(home)


@router.post("/contributions/{contribution}/review")
def review_contribution(home: HomeOf, contribution: Id, request: SignedRequest) -> ContributionView:
    """Accept or refuse a quarantined contribution on a reviewer's signed word."""
    return review.review(home, contribution, request.envelope)


@router.get("/contributions/{contribution}/withdrawal")
def preview_withdrawal(home: HomeOf, contribution: Id) -> WithdrawalView:
    """Say what withdrawing a contribution would do; nothing is changed."""
    return withdraw.preview_withdrawal(home, contribution)


@router.post("/contributions/{contribution}/withdrawal")
def withdraw_contribution(home: HomeOf, contribution: Id, request: SignedRequest) -> WithdrawalView:
    """Take a contribution back on its owner's signed word, with everything that follows."""
    return withdraw.withdraw(home, contribution, request.envelope)
