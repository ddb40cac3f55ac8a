"""What a contract on a chain may pay, and where to."""

from typing import Annotated

from fastapi import APIRouter, Query

from workbench.core.wire import ClaimsView
from workbench.server.access import HomeOf, Id
from workbench.workflows import claims

router = APIRouter(tags=["claims"])


@router.get("/epochs/{epoch}/claims")
def export_claims(
    home: HomeOf,
    epoch: Id,
    all_tasks: bool = False,
    log_size: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> ClaimsView:
    """Return what every owner may claim in all up to an epoch, as a tree for a contract."""
    return claims.export_claims(home, epoch, all_tasks=all_tasks, log_size=log_size)
