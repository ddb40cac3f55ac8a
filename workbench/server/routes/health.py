"""The server itself."""

import os
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

import workbench
from workbench.core.home_keys import prove_key
from workbench.core.wire import Check, HealthView, HomeKeyView
from workbench.server import schema
from workbench.server.access import ActivityOf, HomeOf
from workbench.workflows import doctor

router = APIRouter(tags=["home"])
_began = time.monotonic()


async def _health(home: HomeOf) -> HealthView:
    return HealthView(
        version=workbench.__version__,
        pid=os.getpid(),
        home=str(home.settings.home),
        uptime_seconds=round(time.monotonic() - _began, 3),
        n_jobs_running=home.jobs.n_running,
    )


Health = Annotated[HealthView, Depends(_health)]
Challenge = Annotated[
    str, Query(pattern="^[0-9a-f]{64}$", description="Made anew by whoever asks.")
]


@router.get("/health")
async def health(view: Health) -> HealthView:
    """Say that the server is there, and which one it is."""
    return view


@router.get("/home")
async def show_home_key(home: HomeOf, challenge: Challenge) -> HomeKeyView:
    """Show that the server has the key that records for this home name."""
    return HomeKeyView(key=home.key.public_hex, proof=prove_key(home.key, challenge))


@router.get("/doctor")
def check_home(home: HomeOf) -> list[Check]:
    """Look at everything the workbench needs, and say how to mend what is wrong."""
    return doctor.checks(home)


@router.get("/openapi.json")
async def openapi(request: Request) -> dict[str, Any]:
    """Return this document."""
    return schema.openapi(request.app)


@router.post("/server/stop", status_code=202)
async def stop_server(request: Request, view: Health, activity: ActivityOf) -> HealthView:
    """Stop after the requests in flight; jobs go on when the server starts again."""
    if request.app.state.on_stop is not None:
        activity.told_to_stop = True
        request.app.state.on_stop()
    return view
