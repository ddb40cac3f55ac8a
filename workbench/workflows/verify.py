"""Verify: is a run in MLflow still what was logged and sealed, and if not, what was changed."""

import json
from typing import Any, Final

from workbench.core.wire import JobView
from workbench.registry.seal import Difference, differences
from workbench.workflows import verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.run_seals import Seal, find_seal, read_back, run_named
from workbench.workflows.track import track_run

# More than anybody reads; the rest is counted.
_MOST_DIFFERENCES: Final = 200
# Its seal is among the bundle's records, and its MLflow where that was signed.
_OF_A_BUNDLE: Final = "it came in a bundle: it is logged and sealed where it was recorded"


def start(home: Home, run_id: str) -> JobView:
    """Start the verification of a run, now: MLflow may have been edited since the last one.

    Parameters
    ----------
    run_id : the run's id, or a beginning that no other run's id has.

    Raises
    ------
    NotFoundError
        No run, or more than one, has an id that begins so.
    """
    run = run_named(home, run_id)
    return home.start_job("verify", run["task"], {"run": run["id"]}, again=True)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Compare a run with its seal, logged first if it waits for that; or verify the home."""
    if "run" not in request:
        return verify_home.check(home, request, report)
    run_id = request["run"]
    seal = find_seal(home, run_id)
    if home.heads.is_mirror or home.database.read("mirrored_runs", {"run": run_id}):
        return _answer(run_id, "not sealed yet", why=_OF_A_BUNDLE)
    if seal is None:
        track_run(home, run_id, report)
        seal = find_seal(home, run_id)
    if seal is None:
        return _answer(run_id, "not sealed yet", why=_why_not_sealed(home, run_id))
    report.emit({"type": "note", "message": f"reading run {run_id[:12]} back from MLflow"})
    found = read_back(home, run_id, seal.tracking_run, report.cancelled)
    if not found.is_active:
        gone = Difference("run", seal.tracking_run, "active", found.lifecycle)
        return _answer(run_id, "seal broken", seal, [gone], why=_why_gone(found.lifecycle, seal))
    changed = differences(seal.document, json.loads(found.content))
    return _answer(run_id, "seal broken" if changed else "sealed", seal, changed)


def _answer(
    run_id: str,
    state: str,
    seal: Seal | None = None,
    changed: list[Difference] | None = None,
    why: str = "",
) -> dict[str, Any]:
    changed = changed or []
    return {
        "run": run_id,
        "state": state,
        "why": why,
        "tracking_run": None if seal is None else seal.tracking_run,
        "record": None if seal is None else seal.record,
        "sealed_at": None if seal is None else seal.sealed_at.isoformat(),
        "n_differences": len(changed),
        "differences": [
            vars(difference) | {"message": str(difference)}
            for difference in changed[:_MOST_DIFFERENCES]
        ],
    }


def _why_not_sealed(home: Home, run_id: str) -> str:
    [row] = home.database.read("run_by_id", {"id": run_id})
    if row["tracking_state"] == "pending":
        return (
            "MLflow has not answered as it should: the run waits to be logged, and is sealed then"
        )
    return "it was logged before runs were sealed"


def _why_gone(lifecycle: str, seal: Seal) -> str:
    if lifecycle == "deleted":
        run = seal.tracking_run
        return f"the run was deleted; it comes back by: mlflow runs restore --run-id {run}"
    return "this MLflow has no such run: it was removed for good, or is another MLflow"
