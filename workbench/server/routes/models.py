"""Base models."""

from fastapi import APIRouter

from workbench.core.wire import JobView, ModelRequest
from workbench.server.access import AskingHomeOf, Key
from workbench.server.idempotency import once
from workbench.workflows import models

router = APIRouter(prefix="/models", tags=["models"])


@router.post("", status_code=202)
def import_model(home: AskingHomeOf, request: ModelRequest, key: Key = None) -> JobView:
    """Convert an uploaded model (GGUF, or a zipped safetensors folder) for fine-tuning."""
    return once(
        home,
        key,
        ["models", request.model_dump(mode="json", exclude_defaults=True)],
        JobView,
        lambda: models.import_model(home, request),
    )
