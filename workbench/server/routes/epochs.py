"""Payouts, disputes, and what is published of them."""

from datetime import UTC, datetime

from fastapi import APIRouter

from workbench.core.wire import EpochView, Publication, SignedRequest
from workbench.server.access import HomeOf, Id
from workbench.workflows import dispute as disputing
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


@router.post("/epochs/{epoch}/disputes")
def dispute_epoch(home: HomeOf, epoch: Id, request: SignedRequest) -> EpochView:
    """Stop a provisional epoch; signed by an owner that it valued, or by the sponsor."""
    return disputing.dispute_epoch(home, epoch, request.envelope, datetime.now(UTC))


@router.post("/disputes/{dispute}/resolution")
def resolve_dispute(home: HomeOf, dispute: Id, request: SignedRequest) -> EpochView:
    """Decide on a dispute; signed by the sponsor or a treasurer, not by who disputes."""
    return disputing.resolve_dispute(home, dispute, request.envelope, datetime.now(UTC))


@router.get("/tasks/{task}/leaderboard")
def get_leaderboard(home: HomeOf, task: Id) -> EpochView:
    """Return the task's latest epoch."""
    return pay.latest_epoch(home, task)


@router.post("/publications")
def publish_results(home: HomeOf) -> Publication:
    """Write the pages and tables that viewers may read."""
    return Publication(files=publish.publish(home))
