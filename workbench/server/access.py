"""What routes ask for: the home, the activity, an idempotency key; and who may ask."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Header, Path, Request

from workbench.core.errors import ForbiddenError
from workbench.core.keys import check_identity_name
from workbench.core.roles import Caller, roles_as_text
from workbench.core.wire import Priority
from workbench.server.activity import Activity
from workbench.server.limits import UPLOAD_PATH
from workbench.server.permissions import PERMISSIONS
from workbench.storage.head import refused_in_a_mirror
from workbench.workflows.access import check_author
from workbench.workflows.home import Home
from workbench.workflows.scheduler import Asking

_READS = frozenset({"GET", "HEAD"})
# They change nothing of what another server recorded.
_IN_A_MIRROR = frozenset(
    {
        *("start_import", "start_export", "put_blob", "start_verification", "stop_server"),
        *("start_verification_of_home", "start_recomputation", "select", "publish_results"),
        *("start_back_test", "cancel_job", "change_priority"),
    }
)
PersonOf = Annotated[
    str | None,
    Header(
        alias="X-Workbench-Identity",
        max_length=800,
        description="What the client calls the person, percent-encoded: a label by which the "
        "queue is fair, not an authentication. A principal's own token says better.",
    ),
]
_Priority = Annotated[
    Priority,
    Header(alias="X-Workbench-Priority", description="How soon a job should run."),
]


async def leave_mirrors_alone(request: Request) -> None:
    """Refuse whatever would add to a home that mirrors another server's.

    Raises
    ------
    ForbiddenError
        The home is a mirror, and the route is none that leaves its records as they are.
    """
    if request.method in _READS or request.scope["route"].name in _IN_A_MIRROR:
        return
    heads = request.app.state.home.heads
    if heads.is_mirror:
        raise refused_in_a_mirror(heads.origin)


def caller_of(request: Request) -> Caller:
    """Return who sends a request, as ``Authentication`` found out."""
    caller: Caller = request.scope["workbench.caller"]
    return caller


async def permitted(request: Request) -> None:
    """Raise unless the caller may do this; comes before the request is looked into.

    Raises
    ------
    ForbiddenError
        None of the caller's roles is for this, or it sends another's record.
    """
    check_role(request)
    caller = caller_of(request)
    if caller.name is not None and request.url.path != UPLOAD_PATH:
        check_author(caller, await _message(request))


def check_role(request: Request) -> None:
    """Raise unless one of the caller's roles is for the request's route.

    Raises
    ------
    ForbiddenError
        None is.
    """
    caller = caller_of(request)
    name = request.scope["route"].name
    allowed = PERMISSIONS.get(name, frozenset())
    if not caller.plays(allowed):
        raise ForbiddenError(
            f"{caller.name} is {roles_as_text(caller.roles) or 'viewer'} here",
            wanted=f"{roles_as_text([*allowed, 'admin'])}: who may {name.replace('_', ' ')}",
            next_step=f"ask an admin for a role: workbench role give {caller.name} ROLE --sign",
        )


async def _message(request: Request) -> object:
    if not await request.body():
        return None
    try:
        # Kept with the request: what the route gets is what is looked at here.
        return await request.json()
    except (ValueError, RecursionError):
        # The route refuses it, and says why.
        return None


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def _home(request: Request) -> Home:
    home: Home = request.app.state.home
    return home


async def _activity(request: Request) -> Activity:
    activity: Activity = request.app.state.activity
    return activity


async def _asking_home(
    request: Request, person: PersonOf = None, priority: _Priority = "normal"
) -> Home:
    home: Home = request.app.state.home
    name = caller_of(request).name
    if name is None and person is not None:
        name = check_identity_name(unquote(person))
    return replace(home, asking=Asking(name, priority))


async def _soon_home(
    request: Request, person: PersonOf = None, priority: _Priority = "high"
) -> Home:
    # A person waits for the gates, and they take seconds: not behind hours of training.
    return await _asking_home(request, person, priority)


HomeOf = Annotated[Home, Depends(_home)]
CallerOf = Annotated[Caller, Depends(_caller)]
AskingHomeOf = Annotated[Home, Depends(_asking_home)]
SoonHomeOf = Annotated[Home, Depends(_soon_home)]
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
