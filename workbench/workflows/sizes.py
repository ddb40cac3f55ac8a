"""Sizes: what quick, standard and thorough fine-tunes will cost here, before one starts."""

from dataclasses import asdict, replace
from typing import Any

from workbench.core.jobs import JobSpec
from workbench.core.wire import JobView, SizesRequest, TrainRequest
from workbench.registry.prediction import Measured
from workbench.registry.recipe import has_steps
from workbench.workflows.fit import VERB, limits_of, predictions, read_measured
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.train import STEPS, fine_tune_job


def start(home: Home, task_id: str, request: SizesRequest) -> JobView:
    """Measure a part of the work; asked again, measure again: the cache and the machine change.

    Raises
    ------
    InvalidInputError
        The task's recipe has no such parameter.
    """
    asked = TrainRequest(owners=request.owners, parameters=request.parameters)
    job, _ = fine_tune_job(home, task_id, asked)
    parameters = job.parameters
    if has_steps(job.recipe, parameters):
        own = {"asked": parameters["steps"]} if "steps" in request.parameters else None
        parameters = parameters | {"sizes": own or dict(STEPS)}
    measure = replace(job, recipe=f"{job.recipe}-measure", parameters=parameters)
    return home.start_job(VERB, task_id, {"spec": measure.to_json()}, again=True)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Measure what ``start`` queued, and predict every size from it."""
    job = JobSpec.from_json(request["spec"])
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    measured = read_measured(outcome.result)
    limits = limits_of(home, job)
    return {
        "spec": job.to_json(),
        "measured": outcome.result,
        "sizes": [asdict(one) for one in predictions(measured, limits)],
        "tokens_per_second": measured.tokens_per_second if isinstance(measured, Measured) else None,
        "limits": asdict(limits),
    }
