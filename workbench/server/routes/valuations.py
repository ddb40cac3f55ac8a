"""Valuation studies."""

from fastapi import APIRouter

from workbench.core.wire import JobView, LookRow, StudyEvaluation, StudyView, ValueRequest
from workbench.server.access import AskingHomeOf, HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import value

router = APIRouter(tags=["valuations"])


@router.post("/tasks/{task}/valuations", status_code=202)
def start_valuation(
    home: AskingHomeOf, task: Id, request: ValueRequest, key: Key = None
) -> JobView:
    """Value the task's owner groups by the utilities of their coalitions."""
    return once(
        home,
        key,
        ["value", task, request.model_dump(mode="json")],
        JobView,
        lambda: value.start(home, task, request),
    )


@router.get("/tasks/{task}/valuations")
def list_valuations(home: HomeOf, task: Id) -> list[StudyView]:
    """List a task's studies."""
    return value.list_studies(home, task)


@router.get("/valuations/{study}/evaluations")
def list_study_evaluations(home: HomeOf, study: Id) -> list[StudyEvaluation]:
    """List the utilities that a sealed study's values rest on, in the order asked."""
    return value.get_evaluations(home, study)


@router.get("/valuations/{study}/looks")
def list_looks(home: HomeOf, study: Id) -> list[LookRow]:
    """List how the values of a study moved while it went on."""
    return value.get_looks(home, study)


@router.get("/valuations/{study}")
def get_valuation(home: HomeOf, study: Id) -> StudyView:
    """Return one study; its values appear when it is sealed."""
    return value.get_study(home, study)
