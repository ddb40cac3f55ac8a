"""Payouts, and what is published of them."""

from fastapi import APIRouter

from workbench.core.wire import EpochView, Publication, SignedRequest
from workbench.server.access import HomeOf, Id
from workbench.workflows import pay, publish

router = APIRouter(tags=["epochs"])


@router.post("/tasks/{task}/epochs")
def close_epoch(home: HomeOf, task: Id, request: SignedRequest) -> EpochView:
    """Pay the pool by a sealed study; the same record again changes nothing."""
    return pay.close_epoch(home, task, request.envelope)


@router.get("/tasks/{task}/epochs")
def list_epochs(home: HomeOf, task: Id) -> list[EpochView]:
    """List a task's epochs."""
    return pay.list_epochs(home, task)


@router.get("/epochs/{epoch}")
def get_epoch(home: HomeOf, epoch: Id) -> EpochView:
    """Return one epoch with its payouts."""
    return pay.get_epoch(home, epoch)


@router.get("/tasks/{task}/leaderboard")
def get_leaderboard(home: HomeOf, task: Id) -> EpochView:
    """Return the task's latest epoch."""
    return pay.latest_epoch(home, task)


@router.post("/publications")
def publish_results(home: HomeOf) -> Publication:
    """Write the pages and tables that viewers may read."""
    return Publication(files=publish.publish(home))
