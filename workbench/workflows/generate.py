"""Generate: what models of a task write after prompts."""

import json
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.wire import GenerateRequest, JobView
from workbench.registry.recipe import recipe_parameters
from workbench.workflows.compare import chosen_models
from workbench.workflows.home import Home
from workbench.workflows.inputs import job_inputs
from workbench.workflows.jobs import Report
from workbench.workflows.tasks import get_spec

_WRITERS = [kind.name for kind in KINDS.values() if kind.writes]


def start(home: Home, task_id: str, request: GenerateRequest) -> JobView:
    """Start writing, or return the job that wrote the same.

    Raises
    ------
    InvalidInputError
        The task trains no language model.
    NotFoundError
        The task has no such model.
    """
    spec = get_spec(home, task_id)
    if spec.kind not in _WRITERS:
        raise InvalidInputError(
            f"{task_id} is a task of {spec.kind}, whose models write nothing",
            wanted=f"a task of {' or '.join(_WRITERS)}",
        )
    inputs = job_inputs(home, spec, [])
    # The hidden test is no business of a model that writes.
    del inputs["test"]
    trained = recipe_parameters(spec)
    is_translation = KINDS[spec.kind].rows == "translation"
    as_chat = is_translation
    files, runs = chosen_models(home, task_id, request.models)
    inputs |= files
    for run in runs:
        trained = json.loads(run["spec"])["parameters"]
        as_chat = as_chat or "chat" in json.loads(run["details"]).get("row_shapes", [])
    if request.as_chat is not None:
        as_chat = request.as_chat
    # Named only where it is not the default: the job that wrote the same is found again.
    asked_as = {"asked_as": "translation" if is_translation else "chat"} if as_chat else {}
    job = JobSpec(
        recipe="causal-lm-generate",
        inputs=inputs,
        parameters={
            "models": request.models,
            "prompts": request.prompts,
            "new_tokens": request.new_tokens,
            "temperature": request.temperature,
            "trained": trained,
        }
        | asked_as,
        seed=request.seed,
        environment=home.environment,
    )
    return home.start_job("generate", task_id, {"spec": job.to_json()})


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write what ``start`` queued; called again after a crash, it starts over."""
    job = JobSpec.from_json(request["spec"])
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    return {"rows": outcome.result["rows"], "prompts": job.parameters["prompts"]}
