"""Log finished runs to MLflow and seal them; when it is down, both wait and nothing is lost."""

import json
from typing import Any, Final

from workbench.core.errors import (
    ExecutorClosedError,
    JobCancelledError,
    JobError,
    TooLargeError,
    TrackingUnavailableError,
)
from workbench.core.jobs import JobSpec
from workbench.registry.seal import contradictions
from workbench.tracking.description import RunDescription
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.run_seals import read_back, seal_run

_LOGGING_SECONDS: Final = 180.0
_ARTIFACT: Final = "artifact:"


def track_run(home: Home, run_id: str, report: Report) -> None:
    """Log and seal one recorded run unless it is logged; a stopped MLflow leaves it pending."""
    [row] = home.database.read("run_by_id", {"id": run_id})
    if row["tracking_state"] == "logged":
        return
    report.emit({"type": "note", "message": "logging the run to MLflow"})
    job = _tracking_job(home, row)
    try:
        with home.executor.run(job, cancelled=report.cancelled, seconds=_LOGGING_SECONDS) as logged:
            tracking_run = str(logged.result["tracking_run"])
        _seal(home, job, tracking_run, report)
    except (JobCancelledError, ExecutorClosedError):
        raise
    except (TrackingUnavailableError, JobError, TooLargeError) as error:
        # The run is recorded: a logging that fails must not make a finished fine-tune fail.
        report.emit({"type": "note", "message": f"logging waits: {error}"})


def handle_pending(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Log every run that waits for MLflow; ``request`` says since when."""
    report.emit({"type": "note", "message": f"logging what waits, since {request['started']}"})
    rows = home.database.read("pending_runs")
    for row in rows:
        track_run(home, row["id"], report)
    left = home.database.read("pending_runs")
    return {"logged": len(rows) - len(left), "pending": len(left)}


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
        artifacts={name.removeprefix(_ARTIFACT): sha256 for name, sha256 in job.inputs.items()},
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
    artifacts: dict[str, str] = details.get("artifacts", {})
    return JobSpec(
        recipe="track",
        inputs={f"{_ARTIFACT}{name}": digest for name, digest in artifacts.items()},
        parameters={
            "uri": home.settings.tracking_uri,
            "artifacts_dir": str(home.settings.artifacts_dir),
            "experiment": row["task"],
            "run": {
                "id": row["id"],
                "kind": row["kind"],
                "parameters": spec.get("parameters", {}) | {"seed": spec.get("seed", "")},
                "metrics": json.loads(row["metrics"]),
                "curve": details.get("curve", []),
                "tags": {
                    "workbench.environment": json.dumps(spec.get("environment", {})),
                    "workbench.reproduce": f"workbench run {row['id']}",
                },
                "datasets": details.get("datasets", []),
                "model_name": row["task"] if row["model"] else "",
                "model_digest": row["model"] or "",
            },
        },
    )
