"""The HTTP application: routes, and what stands before them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

import workbench
from workbench.server import problems
from workbench.server.access import check_role, leave_mirrors_alone, permitted
from workbench.server.activity import Activity, CountRequests
from workbench.server.authentication import Authentication
from workbench.server.limits import JsonLimit
from workbench.server.requests import RequestLog
from workbench.server.routes import (
    accesses,
    backups,
    blobs,
    claims,
    contributions,
    epochs,
    events,
    games,
    generations,
    health,
    inbox,
    jobs,
    ledger,
    mirrors,
    models,
    previews,
    principals,
    proofs,
    proposals,
    recomputations,
    reproductions,
    runs,
    sizes,
    sql,
    tasks,
    transfers,
    valuations,
)
from workbench.server.signed import SignedFirst
from workbench.workflows.access import find_caller
from workbench.workflows.home import Home

ROUTERS: Final[tuple[APIRouter, ...]] = (
    # Tried in this order: where many requests come, the first ones cost least.
    transfers.router,
    health.router,
    principals.router,
    accesses.router,
    blobs.router,
    models.router,
    tasks.router,
    contributions.router,
    runs.router,
    sizes.router,
    reproductions.router,
    valuations.router,
    previews.router,
    games.router,
    generations.router,
    mirrors.router,
    epochs.router,
    proposals.router,
    recomputations.router,
    ledger.router,
    backups.router,
    proofs.router,
    claims.router,
    jobs.router,
    events.router,
    inbox.router,
    sql.router,
)
# One commit pays one fsync for everybody who waits: many threads may wait for the same one.
N_THREADS: Final = 100


def create_app(home: Home, token: str, *, on_stop: Callable[[], None] | None = None) -> FastAPI:
    """Return the application of one home.

    Parameters
    ----------
    home : open; closed by whoever opened it.
    token : the home's own; every request must carry it, or one of a principal's.
    on_stop : called when somebody asks the server to stop.
    """
    app = describe()
    activity = Activity()
    app.state.home = home
    app.state.activity = activity
    app.state.on_stop = on_stop
    # The last one added stands first: a request is named and counted before it is let in.
    app.add_middleware(SignedFirst, routes=[r for router in ROUTERS for r in router.routes])
    app.add_middleware(JsonLimit)
    app.add_middleware(Authentication, token=token, find_caller=partial(find_caller, home))
    app.add_middleware(CountRequests, activity=activity)
    app.add_middleware(RequestLog)
    return app


def describe() -> FastAPI:
    """Return the routes without a home: enough to write the OpenAPI document."""
    app = FastAPI(
        title="Merit Workbench",
        summary="Bring rare knowledge as data, be paid for what it measurably added.",
        version=workbench.__version__,
        # The gate is `Authentication`; this only writes it into the schema.
        dependencies=[
            Depends(HTTPBearer(auto_error=False, description="The home's or a principal's token.")),
            Depends(permitted),
            Depends(leave_mirrors_alone),
        ],
        responses=problems.RESPONSES,
        generate_unique_id_function=_name_of,
        lifespan=_many_threads,
        redirect_slashes=False,
        # Served by a route of ours, behind the gate; the interactive pages fetch from a CDN.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app, check_role)
    return app


def _name_of(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _many_threads(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = N_THREADS
    yield
