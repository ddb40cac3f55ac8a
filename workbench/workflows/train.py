"""Train: fine-tune on accepted rows, record the run and its model, log it to MLflow."""

import json
from collections.abc import Mapping
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.seeds import derive_seed
from workbench.core.wire import JobView, ReproductionView, RunView, TrainRequest
from workbench.storage.database import Transaction
from workbench.workflows.cache import fill_cache
from workbench.workflows.home import Home
from workbench.workflows.inputs import (
    job_inputs,
    owner_rows,
    recipe_parameters,
    shown_parameters,
)
from workbench.workflows.jobs import Report
from workbench.workflows.reproduction import list_reproductions
from workbench.workflows.tasks import get_spec, get_task
from workbench.workflows.track import track_run

STEPS: Final[Mapping[str, int]] = {"quick": 20, "standard": 60, "thorough": 240}


def start(home: Home, task_id: str, request: TrainRequest) -> JobView:
    """Start a fine-tune, or return the one that did the same."""
    spec = get_spec(home, task_id)
    owners = owner_rows(home, task_id, request.owners)
    parameters = recipe_parameters(spec) | shown_parameters(spec)
    if KINDS[spec.kind].writes:
        parameters["steps"] = STEPS[request.size]
    if unknown := set(request.parameters) - set(parameters):
        raise InvalidInputError(
            f"the task's recipe has no parameter {min(unknown)!r}",
            wanted=", ".join(sorted(parameters)) or "none",
        )
    job = JobSpec(
        recipe=KINDS[spec.kind].recipe,
        inputs=job_inputs(home, spec, owners),
        parameters=parameters | request.parameters,
        seed=derive_seed("fine-tune", task_id, str(spec.seed)),
        environment=home.environment,
    )
    datasets = [
        {"name": owner.owner, "sha256": digest, "n_rows": owner.n_rows}
        for owner in owners
        for digest in owner.rows
    ]
    body = {"spec": job.to_json(), "size": request.size, "datasets": datasets}
    return home.jobs.start("train", task_id, body)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Run a fine-tune that ``start`` queued; called again after a crash, it starts over."""
    job = JobSpec.from_json(request["spec"])
    task_id = _task_of(home, report.job)
    spec = get_spec(home, task_id)
    if not home.database.read("run_by_id", {"id": job.id}):
        fill_cache(home, spec, job.inputs, job.parameters, report)
        outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
        try:
            artifacts = {
                name: home.blobs.put_file(path)[0] for name, path in outcome.output.items()
            }
        finally:
            outcome.discard()
        _record(home, task_id, job, request, outcome.result, artifacts)
    track_run(home, job.id, report)
    run = get_run(home, job.id)
    return {"run": run.id, "model": run.model, "metrics": run.metrics}


def get_run(home: Home, run_id: str) -> RunView:
    """Return a run by its id, or by the beginning of it where no other begins so.

    Raises
    ------
    NotFoundError
        No run has this id, or several begin so.
    """
    rows = home.database.read("runs_that_begin", {"beginning": run_id})
    if len(rows) > 1:
        raise NotFoundError(
            f"{len(rows)} runs have an id that begins with {run_id[:80]!r}",
            wanted="more digits of one of them",
            nearest=[row["id"] for row in rows[:5]],
        )
    if not rows:
        raise NotFoundError(f"no run has the id {run_id[:80]!r}", next_step="list the task's runs")
    origins = _origins(home, rows[0]["id"])
    return _view(rows[0], list_reproductions(home, rows[0]["id"]), origins)


def list_runs(home: Home, task_id: str | None) -> list[RunView]:
    """Return runs, oldest first, of one task or of all."""
    if task_id is not None:
        get_task(home, task_id)
    found: dict[str, list[ReproductionView]] = {}
    for one in list_reproductions(home, None):
        found.setdefault(one.run, []).append(one)
    rows = home.database.read("runs", {"task": task_id})
    origins = _origins(home, None)
    return [_view(row, found.get(row["id"], []), origins) for row in rows]


def metrics_of(result: dict[str, Any]) -> dict[str, float]:
    """Return a fine-tune's metrics with its utility, minus the loss.

    Higher is better, whatever the kind of task: the champion is the largest.
    """
    metrics: dict[str, float] = result["metrics"]
    return metrics | {"utility": -metrics["loss"]}


def _task_of(home: Home, job_id: str) -> str:
    task = home.jobs.get(job_id).task
    if task is None:
        raise NotFoundError(f"the job {job_id} names no task")
    return task


def _record(
    home: Home,
    task_id: str,
    job: JobSpec,
    request: dict[str, Any],
    result: dict[str, Any],
    artifacts: dict[str, str],
) -> None:
    model = result["model_digest"]
    metrics = metrics_of(result)
    details = {name: value for name, value in result.items() if name != "metrics"}
    details |= {"size": request["size"], "datasets": request["datasets"], "artifacts": artifacts}
    base = job.inputs.get("base", "").removeprefix("model:")

    def write(tx: Transaction) -> None:
        tx.execute(
            "insert_run",
            {
                "id": job.id,
                "task": task_id,
                "kind": "fine-tune",
                "spec": canonical_bytes(job.to_json()).decode(),
                "model": model,
                "metrics": canonical_bytes(metrics).decode(),
                "details": canonical_bytes(details).decode(),
                "now": tx.now,
            },
        )
        tx.execute(
            "insert_model",
            {
                "digest": model,
                "task": task_id,
                "base": base,
                "run": job.id,
                "artifacts": canonical_bytes(artifacts).decode(),
                "now": tx.now,
            },
        )

    home.database.write(write)


def _origins(home: Home, run: str | None) -> dict[str, str]:
    """Return run → the server that recorded it, of those that came in a bundle."""
    rows = home.database.read("mirrored_runs", {"run": run})
    return {row["run"]: row["origin"] for row in rows}


def _view(
    row: dict[str, Any], reproductions: list[ReproductionView], origins: Mapping[str, str]
) -> RunView:
    return RunView(
        id=row["id"],
        task=row["task"],
        kind=row["kind"],
        model=row["model"],
        metrics=json.loads(row["metrics"]),
        details=json.loads(row["details"]),
        tracking_state=row["tracking_state"],
        tracking_run=row["tracking_run"],
        created_at=row["created_at"],
        reproductions=reproductions,
        origin=origins.get(row["id"]),
    )
