"""Log finished runs to MLflow and seal them; when it is down, both wait and nothing is lost."""

import contextlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from workbench.core.errors import (
    ExecutorClosedError,
    JobCancelledError,
    JobError,
    TooLargeError,
    TooManyJobsError,
    TrackingUnavailableError,
)
from workbench.core.jobs import JobSpec
from workbench.registry.card import CARD_FILE
from workbench.registry.seal import contradictions
from workbench.tracking.description import RunDescription
from workbench.workflows.card import write_card
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.provenance import datasets
from workbench.workflows.run_seals import read_back, seal_run
from workbench.workflows.tasks import get_task

_LOGGING_SECONDS: Final = 180.0
_ARTIFACT: Final = "artifact:"
_BESIDE: Final = "beside:"
# MLflow's name → the details' own.
_HISTORIES: Final[Mapping[str, str]] = {
    "training_loss": "curve",
    "evaluation_loss": "evaluations",
    "tokens_per_second": "speeds",
}


def start(home: Home, task_id: str, run_id: str) -> None:
    """Start to log a recorded run in a job of its own.

    Whoever waits for a fine-tune does not wait for MLflow, which takes a second when a worker
    has loaded it and ten or more before.
    """
    # A full queue must not make a finished fine-tune fail: the run stays pending, and is logged
    # after the next one that is.
    with contextlib.suppress(TooManyJobsError):
        home.jobs.start("track", task_id, {"run": run_id}, again=True)


def track_run(home: Home, run_id: str, report: Report) -> bool:
    """Log and seal one recorded run, and say whether it is logged now.

    A stopped MLflow leaves it pending.
    """
    # One at a time: two that log the same run would take it from each other.
    with home.logging:
        [row] = home.database.read("run_by_id", {"id": run_id})
        return row["tracking_state"] == "logged" or _log(home, row, report)


def _log(home: Home, row: dict[str, Any], report: Report) -> bool:
    report.emit({"type": "note", "message": "logging the run to MLflow"})
    job = _tracking_job(home, row)
    try:
        with home.executor.run(job, cancelled=report.cancelled, seconds=_LOGGING_SECONDS) as logged:
            tracking_run = str(logged.result["tracking_run"])
        _seal(home, job, tracking_run, report)
    except (JobCancelledError, ExecutorClosedError):
        raise
    except (TrackingUnavailableError, JobError, TooLargeError) as error:
        # The run is recorded and the logging is tried again: nothing has failed for good.
        report.emit({"type": "note", "message": f"logging waits: {error}"})
        return False
    return True


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Log the run that the request names, or else every run that waits for MLflow."""
    if "run" in request:
        logged = int(track_run(home, request["run"], report))
        # Where one was logged MLflow answers: those that waited for it follow.
        if logged:
            home.log_pending()
        return {"logged": logged, "pending": 1 - logged}
    waiting = home.database.read("pending_runs")
    report.emit({"type": "note", "message": f"{len(waiting)} runs wait to be logged"})
    logged = sum(track_run(home, row["id"], report) for row in waiting)
    return {"logged": logged, "pending": len(waiting) - logged}


def _seal(home: Home, job: JobSpec, tracking_run: str, report: Report) -> None:
    """Read back what MLflow shows of the run, and sign that if it is what was logged."""
    asked = RunDescription.from_json(job.parameters["run"])
    found = read_back(home, asked.id, tracking_run, report.cancelled)
    if not found.is_active:
        raise TrackingUnavailableError(
            f"the run {tracking_run} was logged, and is {found.lifecycle} in MLflow",
            wanted="a run that is there to be sealed",
            next_step="restart the server: what waits is logged again",
        )
    wrong = contradictions(
        json.loads(found.content),
        parameters=asked.parameters,
        metrics=asked.metrics,
        histories=asked.histories,
        artifacts={name.rpartition(":")[2]: sha256 for name, sha256 in job.inputs.items()},
    )
    if wrong:
        raise TrackingUnavailableError(
            f"the run {tracking_run} is not the one that was logged: {wrong[0].describe('logged')}",
            wanted="nobody edits a run before it is sealed",
            next_step=f"mlflow runs delete --run-id {tracking_run}, then restart the server: "
            "it is logged again",
        )
    seal_run(home, asked.id, tracking_run, found.content)


def _tracking_job(home: Home, row: dict[str, Any]) -> JobSpec:
    details = json.loads(row["details"])
    spec = json.loads(row["spec"])
    software = details.get("software", {})
    return JobSpec(
        recipe="track",
        inputs=_files(home, row, details),
        parameters={
            "uri": home.settings.tracking_uri,
            "artifacts_dir": str(home.settings.artifacts_dir),
            "experiment": row["task"],
            "run": {
                "id": row["id"],
                "kind": row["kind"],
                "parameters": spec.get("parameters", {}) | {"seed": spec.get("seed", "")},
                "metrics": json.loads(row["metrics"]),
                "histories": {
                    name: details[kept] for name, kept in _HISTORIES.items() if details.get(kept)
                },
                "tags": {
                    "workbench.environment": json.dumps(spec.get("environment", {})),
                    "workbench.reproduce": f"workbench reproduce {row['id']}",
                    **{f"workbench.{name}": text for name, text in software.items()},
                },
                "datasets": [
                    {"name": item.owner, "sha256": item.sha256, "n_rows": item.n_rows}
                    for item in datasets(home, row)
                ],
                "model_name": row["task"] if row["model"] else "",
                "model_digest": row["model"] or "",
                "champion": get_task(home, row["task"]).champion or "",
                "started": _started(row, details).isoformat(),
                "ended": row["created_at"].isoformat(),
            },
        },
    )


def _files(home: Home, row: dict[str, Any], details: dict[str, Any]) -> dict[str, str]:
    """Return what is logged: the model with its tokenizer, and beside it lock and card."""
    model = details.get("tokenizer", {}) | details.get("artifacts", {})
    files = {f"{_ARTIFACT}{name}": digest for name, digest in model.items()}
    if lock := details.get("software", {}).get("environment_sha256"):
        files[f"{_BESIDE}environment.txt"] = lock
    if row["model"]:
        card, _ = home.blobs.put([write_card(home, row).encode()])
        files[f"{_BESIDE}{CARD_FILE}"] = card
    return files


def _started(row: dict[str, Any], details: dict[str, Any]) -> datetime:
    ended: datetime = row["created_at"]
    return ended - timedelta(seconds=float(details.get("seconds", 0.0)))
