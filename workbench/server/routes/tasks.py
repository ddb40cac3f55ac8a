"""Tasks and their pools."""

from fastapi import APIRouter

from workbench.core.wire import SignedRequest, TaskView
from workbench.server.access import CallerOf, HomeOf, Id
from workbench.workflows import tasks

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.post("")
def open_task(home: HomeOf, caller: CallerOf, request: SignedRequest) -> TaskView:
    """Open the task that the signed record describes."""
    return tasks.open_task(home, request.envelope, caller)


@router.get("")
def list_tasks(home: HomeOf) -> list[TaskView]:
    """List all tasks."""
    return tasks.list_tasks(home)


@router.get("/{task}")
def get_task(home: HomeOf, task: Id) -> TaskView:
    """Return one task and where it stands."""
    return tasks.get_task(home, task)


@router.post("/{task}/funding")
def fund_task(home: HomeOf, task: Id, request: SignedRequest) -> TaskView:
    """Move credits into the task's pool; the same record again changes nothing."""
    return tasks.fund_task(home, task, request.envelope)
