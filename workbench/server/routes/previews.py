"""Previews of values: one training, watched; indicative, and never paid by."""

from fastapi import APIRouter

from workbench.core.wire import JobView, PreviewRequest
from workbench.server.access import AskingHomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import preview

router = APIRouter(tags=["valuations"])


@router.post("/tasks/{task}/previews", status_code=202)
def start_preview(
    home: AskingHomeOf, task: Id, request: PreviewRequest, key: Key = None
) -> JobView:
    """Watch one fine-tune, and tell what it suggests of each owner; indicative, never paid by."""
    return once(
        home,
        key,
        ["preview", task, request.model_dump(mode="json")],
        JobView,
        lambda: preview.start(home, task, request),
    )
