"""One stream of what changes in the home."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from workbench.server import home_events
from workbench.server.access import ActivityOf, CallerOf, HomeOf

router = APIRouter(tags=["home"])
_Seen = Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)]


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch_home(
    home: HomeOf, caller: CallerOf, activity: ActivityOf, last_event_id: _Seen = None
) -> Response:
    """Stream what changes: jobs, contributions, runs, studies, epochs, holds, the ledger."""
    return StreamingResponse(
        home_events.stream(home.database.news, last_event_id, caller, activity),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
