"""What models write."""

from fastapi import APIRouter

from workbench.core.wire import GenerateRequest, JobView
from workbench.server.access import AskingHomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import generate

router = APIRouter(tags=["runs"])


@router.post("/tasks/{task}/generations", status_code=202)
def start_generation(
    home: AskingHomeOf, task: Id, request: GenerateRequest, key: Key = None
) -> JobView:
    """Let models go on from prompts; the job's events carry the text as it is written."""
    return once(
        home,
        key,
        ["generate", task, request.model_dump(mode="json")],
        JobView,
        lambda: generate.start(home, task, request),
    )
