"""What one person has to know."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from workbench.core.wire import InboxView
from workbench.server.access import CallerOf, HomeOf, PersonOf
from workbench.workflows import inbox

router = APIRouter(tags=["home"])


@router.get("/inbox")
def get_inbox(
    home: HomeOf,
    caller: CallerOf,
    person: PersonOf = None,
    since: Annotated[AwareDatetime | None, Query()] = None,
) -> InboxView:
    """Return what waits for a person, what they earned, and where their contributions are."""
    return inbox.inbox(home, caller, unquote(person or "me"), datetime.now(UTC), since)
