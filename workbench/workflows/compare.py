"""Compare: models on the same hidden test items, in pairs."""

import json
from collections.abc import Sequence
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.seeds import derive_seed
from workbench.core.wire import CompareRequest, JobView
from workbench.registry.recipe import fine_tune_parameters, recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.storage.database import Transaction
from workbench.workflows import track
from workbench.workflows.home import Home
from workbench.workflows.inputs import job_inputs
from workbench.workflows.jobs import Report
from workbench.workflows.provenance import software
from workbench.workflows.tasks import get_spec

BASE: Final = "base"
_CONFIDENCE: Final = 0.95


def start(home: Home, task_id: str, request: CompareRequest) -> JobView:
    """Start a comparison, or return the one that did the same."""
    spec = get_spec(home, task_id)
    if len(set(request.models)) != len(request.models):
        raise InvalidInputError("a model is named twice", wanted="different models")
    seed = derive_seed("compare", task_id, str(spec.seed))
    job = comparison_job(home, spec, request.models, seed)
    return home.start_job("compare", task_id, {"spec": job.to_json(), "task": task_id})


def comparison_job(
    home: Home, spec: TaskSpec, models: Sequence[str], seed: int, test: str | None = None
) -> JobSpec:
    """Return the job that holds a task's models against each other.

    Parameters
    ----------
    models : digests, or ``"base"``; the first is what others are held against.
    test : digest of the hidden rows that are asked; all of them unless given.

    Raises
    ------
    NotFoundError
        The task has no such model.
    """
    inputs = job_inputs(home, spec, [])
    if test is not None:
        inputs["test"] = test
    trained_with = recipe_parameters(spec)
    files, runs = chosen_models(home, spec.id, models)
    inputs |= files
    for run in runs:
        trained = json.loads(run["spec"])
        trained_with = trained["parameters"]
        # The pruned vocabulary is that of the trained pool: its rows are inputs here too.
        # Rows that were withdrawn since are gone, and nobody's comparison waits for them.
        inputs |= {
            name: value
            for name, value in trained["inputs"].items()
            if _is_rows(name) and home.blobs.has(value)
        }
    return JobSpec(
        recipe=f"{KINDS[spec.kind].recipe}-compare",
        inputs=inputs,
        parameters={
            "models": list(models),
            # All answer the task's prompts, whatever theirs were when they were trained.
            "trained": trained_with | fine_tune_parameters(spec),
            "confidence": _CONFIDENCE,
        },
        seed=seed,
        environment=home.environment,
    )


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Run a comparison that ``start`` queued."""
    job = JobSpec.from_json(request["spec"])
    rows = home.database.read("run_by_id", {"id": job.id})
    if not rows:
        outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
        outcome.discard()
        _record(home, request["task"], job, outcome.result)
        rows = home.database.read("run_by_id", {"id": job.id})
    track.start(home, request["task"], job.id)
    return {"run": job.id, "rows": json.loads(rows[0]["details"])["rows"]}


def scores_of(result: dict[str, Any]) -> dict[str, float]:
    """Return a comparison's metrics: each model's score by each metric of the task."""
    return {f"{line['metric']}.{line['model'][:12]}": line["score"] for line in result["scores"]}


def _is_rows(name: str) -> bool:
    return name.startswith("rows:")


def chosen_models(
    home: Home, task_id: str, models: Sequence[str]
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Return the files of a task's models as inputs of a job, and the runs that made them.

    The base model has neither: it is an input of every job.

    Raises
    ------
    NotFoundError
        The task has no such model.
    """
    files, runs = {}, []
    for position, model in enumerate(models):
        if model == BASE:
            continue
        version = model_version(home, task_id, model)
        for name, digest in json.loads(version["artifacts"]).items():
            files[f"model:{position}:{name}"] = digest
        runs += home.database.read("run_by_id", {"id": version["run"]})
    return files, runs


def model_version(home: Home, task_id: str, model: str) -> dict[str, Any]:
    """Return a model version of a task by its digest.

    Raises
    ------
    NotFoundError
        The task has no such model.
    """
    known = home.database.read("models_of_task", {"task": task_id})
    found = [row for row in known if row["digest"] == model]
    if not found:
        names = ", ".join(row["digest"][:12] for row in known) or "none yet"
        raise NotFoundError(
            f"{task_id} has no model {model[:20]!r}",
            wanted=f"'base', or a model of the task: {names}",
            next_step="train one first: workbench train",
        )
    return found[0]


def _record(home: Home, task_id: str, job: JobSpec, result: dict[str, Any]) -> None:
    metrics = scores_of(result)

    def write(tx: Transaction) -> None:
        tx.execute(
            "insert_run",
            {
                "id": job.id,
                "task": task_id,
                "kind": "comparison",
                "spec": canonical_bytes(job.to_json()).decode(),
                "model": None,
                "metrics": canonical_bytes(metrics).decode(),
                "details": canonical_bytes(result | software(home)).decode(),
                "now": tx.now,
            },
        )

    home.database.write(write)
