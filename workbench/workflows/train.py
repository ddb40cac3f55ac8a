"""Train: fine-tune on accepted rows, record the run and its model, log it to MLflow."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidMoveError, NotFoundError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.seeds import derive_seed
from workbench.core.wire import JobView, ReproductionView, RunView, TrainRequest, WithdrawnData
from workbench.registry.model_licence import refuse_no_derivatives
from workbench.registry.recipe import fine_tune_parameters, has_steps, recipe_parameters
from workbench.storage.database import Transaction
from workbench.training.tune_parameters import check_tune
from workbench.workflows import track
from workbench.workflows.cache import run_filling
from workbench.workflows.fit import refuse_what_cannot_fit
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows, job_inputs, owner_rows
from workbench.workflows.jobs import Report
from workbench.workflows.provenance import (
    histories,
    licence_of_model,
    recipe_of,
    software,
    tokenizer,
    withdrawn_data,
)
from workbench.workflows.reproduction import list_reproductions
from workbench.workflows.run_seals import run_named
from workbench.workflows.tasks import get_spec, get_task

_STOPPED: Final = "stopped_at_step"
STEPS: Final[Mapping[str, int]] = {"quick": 20, "standard": 60, "thorough": 240}


def start(home: Home, task_id: str, request: TrainRequest) -> JobView:
    """Start a fine-tune, or return the one that did the same.

    Raises
    ------
    InvalidInputError
        The recipe takes no such parameter, the fine-tune would not fit this machine, or the
        licence of some data allows no adaptations.
    """
    job, owners = fine_tune_job(home, task_id, request)
    refuse_what_cannot_fit(home, task_id, job)
    datasets = [
        {"name": owner.owner, "sha256": digest, "n_rows": owner.n_rows}
        for owner in owners
        for digest in owner.rows
    ]
    refuse_no_derivatives(licence_of_model(home, task_id, datasets)["licences"])
    body: dict[str, Any] = {
        "spec": job.to_json(),
        "size": request.size,
        "datasets": datasets,
    }
    # A training that somebody stopped did not do this work: who asks again wants all of it.
    while stopped := _stopped_run(home.jobs.find("train", task_id, body)):
        body["after"] = stopped
    return home.start_job("train", task_id, body)


def fine_tune_job(
    home: Home, task_id: str, request: TrainRequest
) -> tuple[JobSpec, list[OwnerRows]]:
    """Return the job that a request asks for, and whose rows it takes."""
    spec = get_spec(home, task_id)
    owners = owner_rows(home, task_id, request.owners)
    parameters = recipe_parameters(spec) | fine_tune_parameters(spec)
    recipe = KINDS[spec.kind].recipe
    if has_steps(recipe, parameters | request.parameters):
        parameters["steps"] = STEPS[request.size]
    job = JobSpec(
        recipe=recipe,
        inputs=job_inputs(home, spec, owners),
        parameters=check_tune(recipe, parameters, request.parameters),
        seed=derive_seed("fine-tune", task_id, str(spec.seed)),
        environment=home.environment,
    )
    return job, owners


def stop(home: Home, job_id: str) -> JobView:
    """Ask a fine-tune to end early and go on with what it has learnt; a job that ended stays.

    Raises
    ------
    InvalidMoveError
        The job has not started, or it is no fine-tune in steps.
    """
    job = home.jobs.get(job_id)
    if job.state not in {"queued", "running"}:
        return job
    has_steps = job.verb == "train" and KINDS[get_spec(home, _task_of(home, job_id)).kind].writes
    if job.state == "queued" or not has_steps:
        raise InvalidMoveError(
            f"the job {job.verb} {job_id[:12]} is {job.state} and has no training to end early",
            wanted="a fine-tune of a language model that is running",
            next_step=f"cancel it: workbench job cancel {job_id[:12]}",
        )
    home.jobs.stop_early(job_id, home.asking.person)
    return job


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Run a fine-tune that ``start`` queued; called again after a crash, it goes on."""
    job = JobSpec.from_json(request["spec"])
    task_id = _task_of(home, report.job)
    recorded = home.database.read("run_of_job", {"id": job.id, "job": report.job})
    run_id = recorded[0]["id"] if recorded else None
    if run_id is None:
        for clash in licence_of_model(home, task_id, request["datasets"])["why"]:
            report.emit({"type": "note", "message": f"no licence fits the model: {clash}"})
        outcome = run_filling(home, job, report, resumable=True)
        try:
            artifacts = {
                name: home.blobs.put_file(path)[0] for name, path in outcome.output.items()
            }
        finally:
            outcome.discard()
        result = outcome.result | histories(home, report.job)
        result |= software(home) | tokenizer(home, job)
        done = job
        if _STOPPED in result:
            # When somebody stopped it is chance; what the run records can be done again.
            done = replace(job, parameters=job.parameters | {"stop_at": result[_STOPPED]})
            result |= {
                "stopped_job": report.job,
                "stopped_by": home.jobs.ended_early_by(report.job),
            }
        run_id = done.id
        if not home.database.read("run_by_id", {"id": run_id}):
            _record(home, task_id, done, request, result, artifacts)
        home.executor.discard_checkpoint(job)
    track.start(home, task_id, run_id)
    run = get_run(home, run_id)
    stopped = {name: run.details[name] for name in (_STOPPED,) if name in run.details}
    return {"run": run.id, "model": run.model, "metrics": run.metrics, **stopped}


def get_run(home: Home, run_id: str) -> RunView:
    """Return a run by its id, or by the beginning of it where no other begins so.

    Raises
    ------
    NotFoundError
        No run has this id, or several begin so.
    """
    row = run_named(home, run_id)
    withdrawn = withdrawn_data(home, row["id"], None).get(row["id"], [])
    return _view(row, list_reproductions(home, row["id"]), _origins(home, row["id"]), withdrawn)


def list_runs(home: Home, task_id: str | None) -> list[RunView]:
    """Return runs, oldest first, of one task or of all."""
    if task_id is not None:
        get_task(home, task_id)
    found: dict[str, list[ReproductionView]] = {}
    for one in list_reproductions(home, None):
        found.setdefault(one.run, []).append(one)
    rows = home.database.read("runs", {"task": task_id})
    origins = _origins(home, None)
    gone = withdrawn_data(home, None, task_id)
    return [_view(row, found.get(row["id"], []), origins, gone.get(row["id"], [])) for row in rows]


def metrics_of(result: dict[str, Any]) -> dict[str, float]:
    """Return a fine-tune's metrics with its utility, minus the loss.

    Higher is better, whatever the kind of task: the champion is the largest.
    """
    metrics: dict[str, float] = result["metrics"]
    return metrics | {"utility": -metrics["loss"]}


def _stopped_run(job: JobView | None) -> str | None:
    """Return the run of a job whose training somebody ended early."""
    result = job.result if job is not None else None
    return str(result["run"]) if result and _STOPPED in result else None


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
    details["licence"] = licence_of_model(home, task_id, request["datasets"])
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
    row: dict[str, Any],
    reproductions: list[ReproductionView],
    origins: Mapping[str, str],
    withdrawn: list[WithdrawnData],
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
        withdrawn=withdrawn,
        recipe=recipe_of(json.loads(row["spec"])),
    )
