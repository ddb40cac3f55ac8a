"""Preview: what one fine-tune suggests of each owner's rows, while it goes on.

A preview is no study: it is not stored among a task's values, no epoch can name it, and its
result says in words that it is indicative.
"""

from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.seeds import derive_seed
from workbench.core.wire import JobView, PreviewRequest
from workbench.registry.recipe import recipe_parameters
from workbench.workflows.cache import fill_cache
from workbench.workflows.game import VOCABULARY, frozen_vocabulary
from workbench.workflows.home import Home
from workbench.workflows.inputs import job_inputs, owner_rows
from workbench.workflows.jobs import Report
from workbench.workflows.tasks import get_spec
from workbench.workflows.train import STEPS

_KINDS: Final = [kind.name for kind in KINDS.values() if kind.writes]
# What a person may choose beside the task's training parameters.
_OWN: Final = frozenset({"n_watched_rows", "order", "steps_between_events", "with_curve"})


def start(home: Home, task_id: str, request: PreviewRequest) -> JobView:
    """Start a preview, or return the one that did the same.

    Without a size it watches the training that a study gives the coalition of all owners: the
    same steps, seed and vocabulary.

    Raises
    ------
    InvalidInputError
        The task trains no language model, or its recipe has no such parameter.
    NotFoundError
        Nothing is accepted yet, or an owner named has nothing accepted.
    """
    spec = get_spec(home, task_id)
    if spec.kind not in _KINDS:
        raise InvalidInputError(
            f"{task_id} is a task of {spec.kind}, which has no previews",
            wanted=f"a task of {' or '.join(_KINDS)}",
            next_step="value it: its trainings are quick enough to retrain every coalition",
        )
    owners = owner_rows(home, task_id, request.owners)
    parameters = recipe_parameters(spec)
    if request.size is not None:
        parameters["steps"] = STEPS[request.size]
    if unknown := set(request.parameters) - set(parameters) - _OWN:
        raise InvalidInputError(
            f"a preview of {task_id} has no parameter {min(unknown)!r}",
            wanted=", ".join(sorted({*parameters, *_OWN})),
        )
    players = [
        {"position": place, "owner": owner.owner, "rows": list(owner.inputs())}
        for place, owner in enumerate(owners)
    ]
    inputs = job_inputs(home, spec, owners)
    vocabulary = frozen_vocabulary(home, task_id, inputs)
    if vocabulary is not None:
        inputs[VOCABULARY] = vocabulary
    job = JobSpec(
        recipe="causal-lm-preview",
        inputs=inputs,
        parameters=parameters | request.parameters | {"players": players},
        seed=derive_seed("game", spec.id, str(spec.seed)),
        environment=home.environment,
    )
    return home.start_job("preview", task_id, {"spec": job.to_json()})


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Watch a fine-tune that ``start`` queued; called again after a crash, it starts over."""
    job = JobSpec.from_json(request["spec"])
    spec = get_spec(home, str(home.jobs.get(report.job).task))
    fill_cache(home, spec, job.inputs, job.parameters, report)
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    return outcome.result
