"""Runs done again."""

from fastapi import APIRouter

from workbench.core.wire import JobView, ReproduceRequest, ReproductionView
from workbench.server.access import AskingHomeOf, HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import reproduce

router = APIRouter(tags=["runs"])


@router.post("/runs/{run}/reproductions", status_code=202)
def start_reproduction(
    home: AskingHomeOf, run: Id, request: ReproduceRequest, key: Key = None
) -> JobView:
    """Do a run again from its recorded job and inputs, and compare."""
    return once(
        home,
        key,
        ["reproduce", run, request.model_dump(mode="json")],
        JobView,
        lambda: reproduce.start(home, run, request),
    )


@router.get("/runs/{run}/reproductions")
def list_reproductions(home: HomeOf, run: Id) -> list[ReproductionView]:
    """List the reproductions of a run."""
    return reproduce.list_of_run(home, run)
