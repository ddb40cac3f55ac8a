"""Work that goes on in the server."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from workbench.core.wire import JobView, PriorityRequest
from workbench.server import events
from workbench.server.access import ActivityOf, AskingHomeOf, CallerOf, HomeOf, Id
from workbench.workflows import train
from workbench.workflows.access import check_own_job
from workbench.workflows.provenance import job_with_recipe

router = APIRouter(prefix="/jobs", tags=["jobs"])
_SeenEvent = Annotated[int | None, Header(alias="Last-Event-ID", ge=-1, le=2**53)]


@router.get("")
def list_jobs(
    home: HomeOf, task: Annotated[str | None, Query(max_length=100)] = None
) -> list[JobView]:
    """List jobs, of one task or all."""
    return list(home.jobs.list(task))


@router.get("/{job}")
def get_job(home: HomeOf, job: Id) -> JobView:
    """Return one job, with the recipe that it follows if it follows one."""
    return job_with_recipe(home, job)


@router.post("/{job}/cancellation")
def cancel_job(home: HomeOf, caller: CallerOf, job: Id) -> JobView:
    """Ask a job to stop; one that has ended stays as it is."""
    check_own_job(home, caller, job)
    return home.jobs.cancel(job)


@router.post("/{job}/stop")
def stop_job(home: AskingHomeOf, caller: CallerOf, job: Id) -> JobView:
    """Ask a fine-tune to end its training early, with the best adapter so far."""
    check_own_job(home, caller, job)
    return train.stop(home, job)


@router.post("/{job}/priority")
def change_priority(home: HomeOf, caller: CallerOf, job: Id, request: PriorityRequest) -> JobView:
    """Have a queued job run sooner or later."""
    check_own_job(home, caller, job)
    return home.jobs.change_priority(job, request.priority)


@router.get(
    "/{job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch_job(
    home: HomeOf, activity: ActivityOf, job: Id, last_event_id: _SeenEvent = None
) -> Response:
    """Stream a job's events until it ends, from the one behind ``Last-Event-ID``."""
    await run_in_threadpool(home.jobs.get, job)
    after = -1 if last_event_id is None else last_event_id
    return StreamingResponse(
        events.stream(home, job, after, activity),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
