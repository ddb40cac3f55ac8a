"""MLflow's alias of a task's champion: it follows the records, also after a crash in between."""

from typing import Any

from workbench.core.errors import TooManyJobsError, TrackingUnavailableError
from workbench.core.jobs import JobSpec
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

VERB = "champion"
_SECONDS = 180.0


def move_aliases(home: Home) -> bool:
    """Start to move each alias that does not stand at its task's champion; say if any does not.

    What is recorded decides, and it is asked for again whenever a home is opened and while
    MLflow does not answer: a crash after a merge leaves nothing undone.
    """
    if home.heads.is_mirror:
        return False
    waiting = home.database.read("aliases_to_move")
    for row in waiting:
        try:
            home.jobs.start(VERB, row["task"], dict(row), again=True)
        except TooManyJobsError:
            break
    return bool(waiting)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Move the alias of a task's champion; a stopped MLflow leaves it for later."""
    # A run that is being logged may carry the champion of before in its hands.
    with home.logging:
        due = {row["task"]: row["model"] for row in home.database.read("aliases_to_move")}
        if request["task"] not in due:
            return {"moved": True}
        model = due[request["task"]]
        parameters = {
            "uri": home.settings.tracking_uri,
            "artifacts_dir": str(home.settings.artifacts_dir),
            "name": request["task"],
            "model": model,
        }
        job = JobSpec(recipe="track-champion", parameters=parameters)
        try:
            home.executor.run(job, cancelled=report.cancelled, seconds=_SECONDS).discard()
        except TrackingUnavailableError as error:
            report.emit({"type": "note", "message": f"the champion's alias waits: {error}"})
            return {"moved": False}

    def write(tx: Transaction) -> None:
        values = {"task": request["task"], "model": model}
        tx.execute("put_champion_alias", values | {"now": tx.now})

    home.database.write(write)
    return {"moved": True}
