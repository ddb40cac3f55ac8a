"""Sizes: what fine-tunes will cost, measured before one starts."""

from fastapi import APIRouter

from workbench.core.wire import JobView, SizesRequest
from workbench.server.access import HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import sizes

router = APIRouter(tags=["runs"])


@router.post("/tasks/{task}/sizes", status_code=202)
def start_sizes(home: HomeOf, task: Id, request: SizesRequest, key: Key = None) -> JobView:
    """Measure a few steps of a fine-tune, and predict the time and memory of every size."""
    return once(
        home,
        key,
        ["sizes", task, request.model_dump(mode="json")],
        JobView,
        lambda: sizes.start(home, task, request),
    )
