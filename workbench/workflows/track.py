"""Log finished runs to MLflow; when it is down, logging waits and nothing is lost."""

import json
from typing import Any, Final

from workbench.core.errors import (
    ExecutorClosedError,
    JobCancelledError,
    JobError,
    TrackingUnavailableError,
)
from workbench.core.jobs import JobSpec
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

_LOGGING_SECONDS: Final = 180.0


def track_run(home: Home, run_id: str, report: Report) -> None:
    """Log one recorded run unless it is logged; a stopped MLflow leaves it pending."""
    [row] = home.database.read("run_by_id", {"id": run_id})
    if row["tracking_state"] == "logged":
        return
    report.emit({"type": "note", "message": "logging the run to MLflow"})
    job = _tracking_job(home, row)
    try:
        outcome = home.executor.run(job, cancelled=report.cancelled, seconds=_LOGGING_SECONDS)
    except (JobCancelledError, ExecutorClosedError):
        raise
    except (TrackingUnavailableError, JobError) as error:
        # The run is recorded: a logging that fails must not make a finished fine-tune fail.
        report.emit({"type": "note", "message": f"logging waits: {error}"})
        return
    outcome.discard()
    values = {"id": run_id, "tracking_run": outcome.result["tracking_run"]}
    home.database.write(lambda tx: tx.execute("mark_run_logged", values))


def handle_pending(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Log every run that waits for MLflow; ``request`` says since when."""
    report.emit({"type": "note", "message": f"logging what waits, since {request['started']}"})
    rows = home.database.read("pending_runs")
    for row in rows:
        track_run(home, row["id"], report)
    left = home.database.read("pending_runs")
    return {"logged": len(rows) - len(left), "pending": len(left)}


def _tracking_job(home: Home, row: dict[str, Any]) -> JobSpec:
    details = json.loads(row["details"])
    spec = json.loads(row["spec"])
    artifacts: dict[str, str] = details.get("artifacts", {})
    return JobSpec(
        recipe="track",
        inputs={f"artifact:{name}": digest for name, digest in artifacts.items()},
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
