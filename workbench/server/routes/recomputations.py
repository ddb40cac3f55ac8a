"""Money before, after and behind: what would be paid, was it paid rightly, and why."""

from typing import Annotated

from fastapi import APIRouter, Query

from workbench.core.wire import (
    BackTestRequest,
    BackTestView,
    PayoutsView,
    RecomputationView,
    RecomputeRequest,
    WhyView,
)
from workbench.server.access import CallerOf, HomeOf, Id
from workbench.workflows import back_test, payouts, recompute, why
from workbench.workflows.access import check_sees_rows

router = APIRouter(tags=["epochs"])


@router.get("/valuations/{study}/payouts")
def estimate_payouts(home: HomeOf, study: Id) -> PayoutsView:
    """Return what an epoch would pay now by a study; nothing is signed, nothing moves."""
    return payouts.estimate_payouts(home, study)


@router.post("/tasks/{task}/back-tests")
def start_back_test(home: HomeOf, task: Id, request: BackTestRequest) -> BackTestView:
    """Replay the task's past epochs under another rule; nothing is signed, nothing moves."""
    return back_test.back_test(home, task, request)


@router.post("/recomputations")
def start_recomputation(home: HomeOf, request: RecomputeRequest) -> RecomputationView:
    """Compute an epoch or a study again from what is recorded, step by step."""
    return recompute.recompute(home, request.name)


@router.get("/epochs/{epoch}/why")
def get_reasons(
    home: HomeOf,
    caller: CallerOf,
    epoch: Id,
    owner: Annotated[str, Query(min_length=1, max_length=64)],
    rows: Annotated[bool, Query(description="Name the owner's rows that stand out.")] = False,
) -> WhyView:
    """Return why an owner was paid what it was paid."""
    if rows:
        check_sees_rows(caller, owner)
    return why.explain(home, epoch, owner, rows=rows)
