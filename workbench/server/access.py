"""What routes ask for: the home, the activity, an idempotency key."""

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from workbench.server.activity import Activity
from workbench.workflows.home import Home


async def _home(request: Request) -> Home:
    home: Home = request.app.state.home
    return home


async def _activity(request: Request) -> Activity:
    activity: Activity = request.app.state.activity
    return activity


HomeOf = Annotated[Home, Depends(_home)]
ActivityOf = Annotated[Activity, Depends(_activity)]
Id = Annotated[str, Path(min_length=1, max_length=100)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="Made by the client; the same key again gets the first answer again.",
    ),
]
