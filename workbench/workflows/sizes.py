"""Sizes: what quick, standard and thorough fine-tunes will cost here, before one starts."""

from dataclasses import asdict, replace
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.wire import JobView, SizesRequest, TrainRequest
from workbench.registry.prediction import Measured, predict
from workbench.workflows.fit import VERB, limits_of
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.tasks import get_spec
from workbench.workflows.train import STEPS, fine_tune_job

_RECIPE: Final = "causal-lm"


def start(home: Home, task_id: str, request: SizesRequest) -> JobView:
    """Measure a few steps; asked again, measure again: the cache and the machine change.

    Raises
    ------
    InvalidInputError
        The task's recipe trains by no number of steps, or has no such parameter.
    """
    kind = get_spec(home, task_id).kind
    asked = TrainRequest(owners=request.owners, parameters=request.parameters)
    job, _ = fine_tune_job(home, task_id, asked)
    if job.recipe != _RECIPE:
        raise InvalidInputError(
            f"{task_id} is a task of {kind}, whose training has one size",
            wanted=f"a task of {_RECIPE}",
            next_step=f"train it: workbench train {task_id}",
        )
    sizes: dict[str, Any] = dict(STEPS)
    if "steps" in request.parameters:
        sizes = {"asked": job.parameters["steps"]}
    measure = replace(
        job, recipe=f"{_RECIPE}-measure", parameters=job.parameters | {"sizes": sizes}
    )
    return home.jobs.start(VERB, task_id, {"spec": measure.to_json()}, again=True)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Measure what ``start`` queued, and predict every size from it."""
    job = JobSpec.from_json(request["spec"])
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    measured = Measured.from_result(outcome.result)
    limits = limits_of(home)
    found = [predict(measured, size, rows, limits) for size, rows in measured.sizes.items()]
    return {
        "spec": job.to_json(),
        "measured": outcome.result,
        "sizes": [asdict(one) for one in found],
        "tokens_per_second": measured.tokens_per_second,
        "limits": asdict(limits),
    }
