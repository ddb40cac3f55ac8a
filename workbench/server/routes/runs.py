"""Fine-tunes and comparisons."""

from fastapi import APIRouter

from workbench.core.wire import (
    CardView,
    CompareRequest,
    JobView,
    RunView,
    TrainRequest,
    VerifyRequest,
)
from workbench.server.access import AskingHomeOf, HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import card, compare, train, verify, verify_home

router = APIRouter(tags=["runs"])


@router.post("/tasks/{task}/runs", status_code=202)
def start_training(home: AskingHomeOf, task: Id, request: TrainRequest, key: Key = None) -> JobView:
    """Fine-tune the task's base model on accepted rows."""
    return once(
        home,
        key,
        ["train", task, request.model_dump(mode="json")],
        JobView,
        lambda: train.start(home, task, request),
    )


@router.get("/tasks/{task}/runs")
def list_runs(home: HomeOf, task: Id) -> list[RunView]:
    """List a task's fine-tunes, comparisons and valuations."""
    return train.list_runs(home, task)


@router.get("/runs/{run}")
def get_run(home: HomeOf, run: Id) -> RunView:
    """Return one run."""
    return train.get_run(home, run)


@router.post("/runs/{run}/verifications", status_code=202)
def start_verification(home: AskingHomeOf, run: Id, key: Key = None) -> JobView:
    """Read a run back from MLflow and compare it with its seal."""
    return once(home, key, ["verify", run], JobView, lambda: verify.start(home, run))


@router.post("/verifications", status_code=202)
def start_verification_of_home(
    home: AskingHomeOf, request: VerifyRequest, key: Key = None
) -> JobView:
    """Verify the home: signatures, log, ledger, signed head and files."""
    return once(
        home,
        key,
        ["verify", request.model_dump(mode="json")],
        JobView,
        lambda: verify_home.start(home, request),
    )


@router.get("/runs/{run}/card")
def get_card(home: HomeOf, run: Id) -> CardView:
    """Return the model card of a run."""
    return card.get_card(home, run)


@router.post("/tasks/{task}/comparisons", status_code=202)
def start_comparison(
    home: AskingHomeOf, task: Id, request: CompareRequest, key: Key = None
) -> JobView:
    """Compare models on the task's hidden test."""
    return once(
        home,
        key,
        ["compare", task, request.model_dump(mode="json")],
        JobView,
        lambda: compare.start(home, task, request),
    )
