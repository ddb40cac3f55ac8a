"""Refuse a fine-tune that cannot fit this machine before it starts."""

import json
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.registry.prediction import Limits, Measured, least_memory_bytes, predict
from workbench.workflows.home import Home

VERB: Final = "sizes"
_MODEL: Final = "model:"
_CARD: Final = "workbench.json"
# What may differ between a fine-tune and the one that was measured.
_OTHER: Final = frozenset({"steps", "sizes", "prompts", "new_tokens"})


def limits_of(home: Home) -> Limits:
    """Return what one job may take here."""
    settings = home.settings
    return Limits(settings.job_seconds, settings.worker_memory_bytes, settings.n_workers)


def refuse_what_cannot_fit(home: Home, task_id: str, job: JobSpec) -> None:
    """Refuse a fine-tune that is known to pass this machine's limits.

    The weights are always counted; the rest where ``sizes`` measured this fine-tune here.

    Raises
    ------
    InvalidInputError
        With the setting that would fit.
    """
    _refuse_weights(home, job)
    measured = last_measured(home, task_id, job)
    steps = job.parameters.get("steps")
    if measured is None or not isinstance(steps, int):
        return
    rows = measured.rows(steps)
    found = predict(measured, "", rows, limits_of(home))
    if not found.fits:
        raise InvalidInputError(
            f"a fine-tune of {rows.steps} steps does not fit: {found.reason}",
            wanted="a fine-tune within the limits of this machine",
            next_step=f"choose one of these, or measure again: workbench sizes {task_id}",
            seconds=found.seconds,
            memory_bytes=found.memory_bytes,
        )


def last_measured(home: Home, task_id: str, job: JobSpec) -> Measured | None:
    """Return what was last measured of a fine-tune on these rows, of any number of steps."""
    for view in reversed(home.jobs.list(task_id)):
        if view.verb != VERB or view.state != "done" or view.result is None:
            continue
        measured = JobSpec.from_json(view.result["spec"])
        if _key(measured) == _key(job):
            return Measured.from_result(view.result["measured"])
    return None


def _key(job: JobSpec) -> dict[str, Any]:
    parameters = {n: value for n, value in job.parameters.items() if n not in _OTHER}
    return {"inputs": job.inputs, "parameters": parameters, "environment": job.environment}


def _refuse_weights(home: Home, job: JobSpec) -> None:
    digest = job.inputs.get("base", "").removeprefix(_MODEL)
    card = home.settings.models_dir / digest / _CARD
    if not digest or not card.is_file():
        return
    n_parameters = json.loads(card.read_bytes())["n_parameters"]
    least = least_memory_bytes(n_parameters, str(job.parameters.get("dtype", "auto")))
    limit = home.settings.worker_memory_bytes
    if least > limit:
        raise InvalidInputError(
            f"the base model has {n_parameters:,} parameters, at least {least:,} bytes of memory",
            wanted=f"at most {limit:,} bytes in all",
            next_step="choose a smaller base model or dtype bfloat16, or set "
            f"WORKBENCH_WORKER_MEMORY_BYTES={2 * least}",
            memory_bytes=least,
        )
